internal import Archives
internal import Foundation

/// What a shard's other files say of a picture: WebDataset's `key.cls` and `key.json`.
package struct ShardLabel: Sendable, Hashable {
  /// The class; nil where nothing names one.
  package var className: String?
  /// The split, likewise.
  package var split: Split?
  /// The group, likewise.
  package var group: String?

  /// Longer descriptions are of something else.
  private static let longest = 1 << 20

  /// A class as text: a name or a number.
  package init(cls bytes: UnsafeRawBufferPointer) {
    guard bytes.count <= 4096, let text = String(validating: bytes, as: UTF8.self) else { return }
    let name = text.trimmingCharacters(in: .whitespacesAndNewlines)
    className = name.isEmpty ? nil : name
  }

  /// An object whose keys are named as a manifest's columns are.
  package init(json bytes: UnsafeRawBufferPointer) {
    guard bytes.count <= Self.longest,
      let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
    else { return }
    var values: [String: String] = [:]
    for key in object.keys.sorted() {
      let name = ManifestColumns.normalised(key)
      guard values[name] == nil else { continue }
      switch object[key] {
      case let text as String: values[name] = text.trimmingCharacters(in: .whitespacesAndNewlines)
      case let number as NSNumber: values[name] = number.stringValue
      default: break
      }
    }
    func value(_ names: [String]) -> String? {
      names.lazy.compactMap { values[$0] }.first { !$0.isEmpty }
    }
    className = value(ManifestColumns.labelNames)
    split = value(ManifestColumns.splitNames).flatMap { Split(folderName: $0) }
    group = value(ManifestColumns.groupNames)
  }
}

/// A name inside a shard, in WebDataset's parts.
///
/// - Reference: WebDataset, "The WebDataset Format": what stands before the first dot of the last
///   component, folders included, is the key of a sample; the rest says what the file is.
package struct ShardName: Sendable {
  /// The folders.
  package let folders: [String]
  /// Folders and the name up to its first dot.
  package let key: String
  /// What follows the first dot, in lower case; empty where there is none.
  package let kind: String

  /// Nil for hidden files and what packers leave behind.
  package init?(_ name: String) {
    let parts = name.split(separator: "/").map(String.init)
    guard let last = parts.last, !parts.contains(where: { $0.hasPrefix(".") || $0 == "__MACOSX" })
    else { return nil }
    folders = parts.dropLast()
    let stem = last.prefix { $0 != "." }
    key = (folders + [String(stem)]).joined(separator: "/")
    kind = last.dropFirst(stem.count + 1).lowercased()
  }
}
