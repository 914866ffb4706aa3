public import Networks
internal import Tensors

/// From the names (and layouts) that a file uses to those of ``Networks/Architecture``.
///
/// Wrappers' prefixes are taken off first; then the convention is recognised by names that only it
/// has. Each convention is one function in a file of its own. A file that already speaks timm's or
/// torchvision's names passes through unchanged.
public struct NameMapping: Sendable {
  /// The tensors under our names, in our layouts.
  public var state: StateDict
  /// Whose names the file used, such as "lukemelas EfficientNet"; nil where they needed no change.
  public var convention: String?
  /// The prefix that every name had, such as `module.`; empty where there was none.
  public var prefix: String
  /// For each of our names, the name in the file.
  public var originalNames: [String: String]

  /// Translates the tensors of a file.
  public init(_ tensors: StateDict) {
    prefix = NameMapping.commonPrefix(of: tensors.names)
    let stripped = prefix.count
    let bare =
      stripped == 0 ? tensors : tensors.renamed { String($0.dropFirst(stripped)) }
    state = bare
    originalNames = [:]
    for name in bare.names { originalNames[name] = prefix + name }
    for convention in NameMapping.conventions {
      guard let entries = convention.translate(bare) else { continue }
      self.convention = convention.name
      state = StateDict(entries.map { ($0.name, $0.tensor) })
      originalNames = Dictionary(
        entries.map { ($0.name, prefix + $0.original) }, uniquingKeysWith: { first, _ in first })
      break
    }
  }

  /// A tensor on its way: our name, the file's name, and the values in our layout.
  struct Entry {
    var name: String
    var original: String
    var tensor: Tensor
  }

  /// A family of files that name the same tensors in their own way.
  struct Convention: Sendable {
    var name: String
    /// The tensors under our names, or nil where the file does not follow this convention.
    var translate: @Sendable (StateDict) -> [Entry]?
  }

  /// Every convention; to add one, write its function and add it here.
  static let conventions: [Convention] = [
    .lukemelasEfficientNet, .torchvisionMobileNetV2, .ndfSqueezeNet,
  ]

  /// What training programs wrap around a network's own names.
  private static let wrappers = [
    "module.", "_orig_mod.", "state_dict.", "model.", "net.", "network.", "backbone.", "encoder.",
  ]

  private static func commonPrefix(of names: [String]) -> String {
    guard !names.isEmpty else { return "" }
    var prefix = ""
    while let next = wrappers.first(where: { wrapper in
      names.allSatisfy { $0.dropFirst(prefix.count).hasPrefix(wrapper) }
    }) {
      prefix += next
    }
    return prefix
  }
}

extension StateDict {
  /// Entries under new names; a tensor for which `rename` has no answer keeps its name, so that it
  /// shows up as surplus.
  func translated(_ rename: (String) -> String?) -> [NameMapping.Entry] {
    entries.map { entry in
      NameMapping.Entry(
        name: rename(entry.name) ?? entry.name, original: entry.name, tensor: entry.tensor)
    }
  }

  /// Puts numbered blocks into stages: a stage ends where the number of output channels changes.
  ///
  /// - Parameters:
  ///   - blocks: The blocks' numbers, ascending.
  ///   - projection: The name of the weights of a block's last convolution.
  /// - Returns: For each number its `stage.place`; nil where a projection is missing.
  func stages(ofBlocks blocks: [Int], projection: (Int) -> String) -> [Int: String]? {
    var places: [Int: String] = [:]
    var stage = -1
    var place = 0
    var width = -1
    for block in blocks {
      guard let channels = self[projection(block)]?.shape.first else { return nil }
      if channels == width {
        place += 1
      } else {
        stage += 1
        place = 0
        width = channels
      }
      places[block] = "\(stage).\(place)"
    }
    return places
  }

  /// The numbers that follow a prefix and precede a dot, ascending, as in `_blocks.N.` for example.
  func numbers(after prefix: String) -> [Int] {
    let numbers = names.compactMap { name -> Int? in
      guard name.hasPrefix(prefix) else { return nil }
      return Int(name.dropFirst(prefix.count).prefix { $0 != "." })
    }
    return Set(numbers).sorted()
  }
}

extension String {
  /// Splits `first.rest` at the first dot; `rest` is empty where there is none.
  var atFirstDot: (first: String, rest: String) {
    guard let dot = firstIndex(of: ".") else { return (self, "") }
    return (String(self[..<dot]), String(self[index(after: dot)...]))
  }
}
