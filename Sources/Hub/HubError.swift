public import Foundation

/// Why something could not be had from a Hub.
public enum HubError: Error, Sendable, Equatable, CustomStringConvertible, LocalizedError {
  /// The reference is not spelled as one.
  case malformed(reference: String, reason: String)
  /// `HF_ENDPOINT` is no address.
  case badEndpoint(String)
  /// Nothing may be asked of a network, and the cache does not hold it.
  case offline(reference: String, cache: String)
  /// No connection came about, or it broke again and again.
  case unreachable(host: String, reason: String, attempts: Int)
  /// The server answers with errors of its own, again and again.
  case failing(host: String, status: Int, attempts: Int)
  /// The server's answer lacks what every Hub's has.
  case notAHub(host: String, missing: String)
  /// The repository is not there, or not for this token to see.
  case noRepository(String, host: String, hasToken: Bool)
  /// The token is not one that the Hub knows.
  case badToken(host: String)
  /// The repository's terms must be accepted first.
  case gated(String, page: String, hasToken: Bool)
  /// The repository has no such branch, tag or commit.
  case noRevision(String, repository: String)
  /// The repository has no such file.
  case noFile(String, reference: String)
  /// The repository has none of the files that weights lie in by custom.
  case noWeights(reference: String, files: [String])
  /// The server refuses for a reason of its own.
  case refused(address: String, status: Int, reason: String)
  /// The bytes are not those that the repository announces.
  case wrongDigest(file: String, expected: String, actual: String)
  /// More bytes came than the repository announces.
  case tooLong(file: String, expected: Int)
  /// An index of shards that cannot be followed.
  case badIndex(file: String, reason: String)
  /// A file or folder of the cache can't be read or written.
  case cache(path: String, reason: String)
  /// The work was stopped; what had come of the file lies in the cache for the next time.
  case cancelled(file: String, kept: Int, of: Int?)

  /// One sentence: what, why, and what to do.
  public var description: String {
    switch self {
    case .malformed(let reference, let reason):
      "'\(reference)' names no model on a Hub: \(reason); write hf:OWNER/NAME, such as "
        + "hf:timm/resnet18.a1_in1k, or hf:OWNER/NAME@REVISION."
    case .badEndpoint(let address):
      "HF_ENDPOINT is '\(address)', which is no http or https address."
    case .offline(let reference, let cache):
      "\(reference) is not in \(cache), and HF_HUB_OFFLINE forbids to fetch it; pull it once "
        + "without that variable."
    case .unreachable(let host, let reason, let attempts):
      "\(host) cannot be reached\(Self.tries(attempts)): \(reason); run the same command "
        + "again later, it goes on where this one ended."
    case .failing(let host, let status, let attempts):
      "\(host) fails with status \(status)\(Self.tries(attempts)); try again later."
    case .notAHub(let host, let missing):
      "\(host) does not answer as a Hub does (\(missing)); look at HF_ENDPOINT and at proxies on "
        + "the way."
    case .noRepository(let name, let host, let hasToken):
      "\(host) has no model '\(name)'"
        + (hasToken
          ? " that the token may see; look at its name, and whose token it is."
          : ", or it is private; look at its name, and for a private one set HF_TOKEN.")
    case .badToken(let host):
      "\(host) does not accept the token; look at HF_TOKEN, or log in anew with 'hf auth login'."
    case .gated(let name, let page, let hasToken):
      "'\(name)' is gated: accept its terms on \(page)"
        + (hasToken ? " with the account of the token." : " and set HF_TOKEN.")
    case .noRevision(let revision, let repository):
      "'\(repository)' has no branch, tag or commit '\(revision)'."
    case .noFile(let file, let reference): "\(reference) has no file '\(file)'."
    case .noWeights(let reference, let files):
      "\(reference) has neither model.safetensors nor pytorch_model.bin"
        + (files.isEmpty
          ? "; name its weights with --file."
          : "; name one of its files with --file (\(files.joined(separator: ", "))).")
    case .refused(let address, let status, let reason):
      "\(address) is refused with status \(status)\(reason.isEmpty ? "" : " (\(reason))")."
    case .wrongDigest(let file, let expected, let actual):
      "\(file) came with other bytes than the repository announces (\(actual.prefix(12))… instead "
        + "of \(expected.prefix(12))…); it is not kept, try again."
    case .tooLong(let file, let expected):
      "\(file) came with more than the \(expected) bytes that the repository announces; it is not "
        + "kept, try again."
    case .badIndex(let file, let reason): "\(file) is no index of shards: \(reason)."
    case .cache(let path, let reason): "\(path) cannot be used: \(reason)."
    case .cancelled(let file, let kept, let total):
      kept == 0
        ? "Stopped before any of \(file) had come."
        : "Stopped: \(Self.megabytes(kept))\(total.map { " of \(Self.megabytes($0))" } ?? "") MB of "
          + "\(file) are kept, and the same command goes on from there."
    }
  }

  /// The same sentence, for Foundation.
  public var errorDescription: String? { description }

  private static func tries(_ count: Int) -> String { count > 1 ? " after \(count) attempts" : "" }

  private static func megabytes(_ bytes: Int) -> String {
    String(format: "%.1f", Double(bytes) / 1e6)
  }
}
