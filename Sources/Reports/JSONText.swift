public import Foundation

/// Values as JSON for machines: sorted keys, indented, ended by a line break.
public enum JSONText {
  /// The JSON of a value.
  ///
  /// - Throws: `EncodingError` for numbers that are not finite, which no value of ours holds.
  public static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
  }
}
