public import Networks
internal import Tensors

/// From the names (and layouts) that a file uses to those of ``Networks/Architecture``.
///
/// Wrappers' prefixes are taken off first; then the convention is recognised by names that only it
/// has. Each convention is one function in a file of its own. A file that already speaks timm's
/// names passes through unchanged. No tensor is read: what a convention does to the values happens
/// when they are asked for.
public struct NameMapping: Sendable {
  /// The tensors under our names, in our layouts.
  public private(set) var tensors: TensorTable
  /// Whose names the file used, such as "lukemelas EfficientNet"; nil where they needed no change.
  public private(set) var convention: String?
  /// The prefix that names had, such as `module.`; empty where there was none.
  public private(set) var prefix: String
  /// For each of our names, the name in the file; of several that were joined, the first.
  public private(set) var originalNames: [String: String] = [:]
  /// Names of the file that no network for classification has a place for, and that were left out: a
  /// text tower, auxiliary classifiers, counters, tables that follow from the architecture.
  public private(set) var omittedNames: [String] = []
  /// Beginnings of the ids of architectures that the convention speaks for where several have the same
  /// parameters, the likeliest first.
  package private(set) var likelyArchitectures: [String] = []

  /// Translates the names of a weight file.
  public init(_ weights: WeightFile) { self.init(weights.tensors) }

  /// Translates tensors that are in memory.
  public init(_ state: StateDict) { self.init(TensorTable(state)) }

  /// Translates a table.
  public init(_ table: TensorTable) {
    prefix = Wrappers.prefix(of: table.names)
    let stripped = prefix
    var bare = TensorTable()
    var fileNames: [String: String] = [:]
    for (name, tensor) in table.entries {
      let isInside = name.hasPrefix(stripped)
      let short = isInside ? String(name.dropFirst(stripped.count)) : name
      // What lies beside the network may have a name of its own network's: it then keeps out.
      if !isInside, bare[short] != nil { continue }
      bare[short] = tensor
      fileNames[short] = name
    }
    tensors = bare
    let source = bare
    let found = NameMapping.conventions.lazy.compactMap { convention in
      convention.translate(source).map { (convention, $0) }
    }.first
    guard let (convention, entries) = found else {
      originalNames = fileNames
      return
    }
    self.convention = convention.name
    likelyArchitectures = convention.likelyArchitectures
    tensors = TensorTable()
    for entry in entries {
      let original = fileNames[entry.original] ?? entry.original
      guard let name = entry.name else {
        omittedNames.append(original)
        continue
      }
      tensors[name] = entry.tensor
      originalNames[name] = original
    }
  }

  /// Reads every tensor.
  ///
  /// - Throws: the problem of the first that cannot be read.
  package func state() throws(CheckpointError.Problem) -> StateDict { try tensors.read() }

  /// A tensor on its way: our name (nil where we have none for it), the file's name, and the values
  /// in our layout.
  struct Entry {
    var name: String?
    var original: String
    var tensor: StoredTensor
  }

  /// A family of files that name the same tensors in their own way.
  struct Convention: Sendable {
    var name: String
    /// See ``NameMapping/likelyArchitectures``.
    var likelyArchitectures: [String] = []
    /// The tensors under our names, or nil where the file does not follow this convention.
    var translate: @Sendable (TensorTable) -> [Entry]?
  }

  /// Every convention; to add one, write its function in a file of its own and add it here.
  static let conventions: [Convention] = [
    .lukemelasEfficientNet, .torchvisionMobileNetV2, .ndfSqueezeNet,
    .torchvisionEfficientNet, .torchvisionMobileNetV3, .torchvisionMNASNet, .torchvisionRegNet,
    .torchvisionVGG, .torchvisionGoogLeNet, .torchvisionInception, .torchvisionConvNeXt,
    .torchvisionSwin, .torchvisionViT,
    .huggingFaceDeiT, .huggingFaceViT, .huggingFaceViT5, .huggingFaceDINOv2,
    .huggingFaceDINOv2WithRegisters, .huggingFaceConvNeXt, .huggingFaceConvNeXtV2,
    .huggingFaceResNet, .huggingFaceSwin, .huggingFaceCLIP,
    .openAICLIP, .openCLIP, .openCLIPTrunk,
    .facebookDINOv2, .facebookConvNeXt, .microsoftSwin,
    .bigTransfer, .googleViT,
  ]
}

extension TensorTable {
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
