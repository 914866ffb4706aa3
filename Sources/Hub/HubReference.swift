internal import Foundation

/// The name of a model repository on a Hub, of a revision of it, and where wanted of one file:
/// `hf:timm/resnet18.a1_in1k`, `hf:OWNER/NAME@REVISION`, `hf:OWNER/NAME@REVISION/FILE`.
///
/// timm's own spelling `hf-hub:` is understood too.
public struct HubReference: Sendable, Hashable, CustomStringConvertible {
  /// The repository, `OWNER/NAME`.
  public var repository: String
  /// A branch, tag or commit.
  public var revision: String
  /// A file of the repository, where one is named.
  public var file: String?

  /// The revision that is meant where none is named.
  public static let defaultRevision = "main"

  /// What every reference begins with.
  public static let prefixes = ["hf:", "hf-hub:"]

  /// Names a revision of a repository, unchecked.
  init(repository: String, revision: String = defaultRevision, file: String? = nil) {
    self.repository = repository
    self.revision = revision
    self.file = file
  }

  /// Whether a text means a model on a Hub, well spelled or not.
  public static func matches(_ text: String) -> Bool {
    prefixes.contains { text.hasPrefix($0) }
  }

  /// Reads a reference.
  ///
  /// - Throws: ``HubError/malformed(reference:reason:)``.
  public init(_ text: String) throws(HubError) {
    func fail(_ reason: String) -> HubError { .malformed(reference: text, reason: reason) }
    guard let prefix = HubReference.prefixes.first(where: { text.hasPrefix($0) }) else {
      throw fail("it must begin with hf:")
    }
    let parts = text.dropFirst(prefix.count)
      .split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    guard parts.count >= 2 else { throw fail("it must be hf:OWNER/NAME") }
    var name = parts[1]
    revision = HubReference.defaultRevision
    if let at = name.firstIndex(of: "@") {
      revision = String(name[name.index(after: at)...]).replacingOccurrences(of: "%2F", with: "/")
      name = String(name[..<at])
    }
    for part in [parts[0], name] {
      guard HubReference.isName(part) else {
        throw fail(
          "'\(part)' is no name of an owner or a model; they are made of letters, digits, '-', '_' "
            + "and '.'")
      }
    }
    repository = "\(parts[0])/\(name)"
    guard repository.utf8.count <= 96 else { throw fail("such a name has at most 96 characters") }
    guard HubReference.isRevision(revision) else {
      throw fail("'\(revision)' is no branch, tag or commit")
    }
    guard parts.count == 3 else { return }
    guard HubReference.isPath(parts[2]) else { throw fail("'\(parts[2])' is no path of a file") }
    file = parts[2]
  }

  /// The reference as it is written; the revision is left out where it is ``defaultRevision``.
  public var description: String {
    var text = "hf:\(repository)"
    if revision != HubReference.defaultRevision {
      text += "@" + revision.replacingOccurrences(of: "/", with: "%2F")
    }
    if let file { text += "/\(file)" }
    return text
  }

  /// Whether the revision is a whole commit hash, which never comes to mean something else.
  public var isPinned: Bool { HubReference.isCommit(revision) }

  /// The same revision without a file.
  public var whole: HubReference { HubReference(repository: repository, revision: revision) }

  static func isCommit(_ text: String) -> Bool {
    text.utf8.count == 40 && text.utf8.allSatisfy(isHexadecimal)
  }

  /// An owner or a model: what the Hub allows, so that no name can leave its folder of the cache.
  static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, let last = text.utf8.last else { return false }
    return text.utf8.allSatisfy(isNameCharacter)
      && ![first, last].contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-") }
      && !text.contains("--") && !text.contains("..")
  }

  /// A revision becomes the path of a file below `refs/`.
  static func isRevision(_ text: String) -> Bool {
    isPath(text) && text.utf8.count <= 255
      && text.utf8.allSatisfy { isNameCharacter($0) || $0 == UInt8(ascii: "/") }
  }

  /// A relative path that stays below where it starts.
  static func isPath(_ text: String) -> Bool {
    !text.isEmpty && !text.contains("\\")
      && text.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }
      && text.split(separator: "/", omittingEmptySubsequences: false)
        .allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
  }

  static func isHexadecimal(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
  }

  static func isNameCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "."), UInt8(ascii: "-"),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }
}
