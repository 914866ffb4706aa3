import Foundation
import Yams

/// A value as YAML with sorted keys, in which numbers keep all their digits and are written as people
/// write them: Yams' own encoder makes 2e-1 of 0.2 and rounds the last digit away.
package func exactYAML(_ value: some Encodable, width: Int = -1) throws -> String {
  let node = try Yams.compose(yaml: try YAMLEncoder().encode(value)) ?? ""
  // JSON, which is YAML too, has all digits.
  let json = String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
  let exact = try Yams.compose(yaml: json)
  return try Yams.serialize(
    node: node.withNumbers(of: exact), width: width, allowUnicode: true, sortKeys: true)
}

extension Yams.Node {
  /// The same with the numbers of another node: Yams writes 127/255 as 4.98039215686274e-1.
  fileprivate func withNumbers(of other: Yams.Node?) -> Yams.Node {
    switch self {
    case .scalar(let scalar):
      guard tag == Tag(.float), let digits = other?.scalar?.string else { return self }
      // A float of whole value stays one: without its point YAML would take it for an integer.
      let isWhole = digits.allSatisfy { $0.isNumber || $0 == "-" }
      return Yams.Node(isWhole ? digits + ".0" : digits, tag, scalar.style)
    case .mapping(let mapping):
      return Yams.Node(mapping.map { ($0.key, $0.value.withNumbers(of: other?.mapping?[$0.key])) })
    case .sequence(let sequence):
      return Yams.Node(
        sequence.enumerated().map { $1.withNumbers(of: other?.sequence?[$0]) })
    case .alias: return self
    }
  }
}
