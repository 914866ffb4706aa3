internal import Foundation

/// What a Hub says of a file before any of its bytes come.
struct HubFile: Sendable, Equatable {
  /// The commit that the revision stands for.
  var commit: String
  /// The name of the bytes: the SHA-256 of large files, git's SHA-1 of small ones.
  var etag: String
  /// How many bytes there are, where it is said.
  var byteCount: Int?
  /// Where the bytes are.
  var location: URL

  /// An ETag header as the name of a file: without quotes and the mark of a weak one.
  static func name(ofETag header: String) -> String? {
    var text = header.hasPrefix("W/") ? String(header.dropFirst(2)) : header
    text = text.trimmingCharacters(in: CharacterSet(charactersIn: "\""))
    let isSafe =
      !text.isEmpty && text.utf8.count <= 200 && !text.hasPrefix(".")
      && text.utf8.allSatisfy(HubReference.isNameCharacter)
    return isSafe ? text : nil
  }
}

extension HubClient {
  /// Asks for a file's commit, ETag, length and place, again and again where that may help.
  ///
  /// - Throws: ``HubError``; `noFile` also notes the absence in the cache.
  func metadata(of file: String, in reference: HubReference) throws(HubError) -> HubFile {
    try persisting(over: file) { () throws(Fault) in try askMetadata(of: file, in: reference) }
  }

  /// Asks once.
  func askMetadata(of file: String, in reference: HubReference) throws(Fault) -> HubFile {
    var commit: String?
    var etag: String?
    var size: Int?
    // What describes the file itself stands in the first answer that knows it; a redirect leads to
    // something else with an ETag and a length of its own.
    let (head, url) = try ask(
      "HEAD", address(of: file, in: reference), staysHome: true, into: ShortAnswer(limit: 1 << 20)
    ) { head in
      commit = commit ?? head.header("X-Repo-Commit")
      etag = etag ?? head.header("X-Linked-Etag")
      size = size ?? head.header("X-Linked-Size").flatMap(Int.init)
    }
    guard (200..<400).contains(head.status) else {
      let fault = fault(head, at: url, of: reference, file: file)
      if case .final(.noFile) = fault, let commit, HubReference.isCommit(commit) {
        try? cache.note(absent: file, commit: commit, in: reference.repository)
        try? cache.note(reference.revision, standsFor: commit, in: reference.repository)
      }
      throw fault
    }
    guard let commit, HubReference.isCommit(commit) else {
      throw .final(.notAHub(host: name(of: url), missing: "no X-Repo-Commit"))
    }
    guard let etag = (etag ?? head.header("ETag")).flatMap(HubFile.name(ofETag:)) else {
      throw .final(.notAHub(host: name(of: url), missing: "no usable ETag"))
    }
    let location = head.location.flatMap { URL(string: $0, relativeTo: url)?.absoluteURL }
    if size == nil, location == nil, head.header("Content-Encoding") == nil {
      size = head.header("Content-Length").flatMap(Int.init)
    }
    if let size, size < 0 {
      throw .final(.notAHub(host: name(of: url), missing: "no usable length"))
    }
    return HubFile(commit: commit, etag: etag, byteCount: size, location: location ?? url)
  }

  /// `ENDPOINT/OWNER/NAME/resolve/REVISION/FILE`.
  private func address(of file: String, in reference: HubReference) -> URL {
    var plain = CharacterSet.alphanumerics
    plain.insert(charactersIn: "-._~")
    func escaped(_ text: String, _ allowed: CharacterSet) -> String {
      text.addingPercentEncoding(withAllowedCharacters: allowed) ?? text
    }
    let revision = escaped(reference.revision, plain)
    plain.insert("/")
    let path = "\(reference.repository)/resolve/\(revision)/\(escaped(file, plain))"
    return URL(string: "\(environment.endpoint.absoluteString)/\(path)") ?? environment.endpoint
  }

  /// The files of a revision, where the Hub tells them; for a sentence only, so without complaint.
  func files(of reference: HubReference) -> [String] {
    struct Answer: Decodable {
      struct Sibling: Decodable { var rfilename: String }
      var siblings: [Sibling]
    }
    let answer = ShortAnswer(limit: 8 << 20)
    let url = environment.endpoint.appendingPathComponent(
      "api/models/\(reference.repository)/revision/\(reference.revision)")
    guard let (head, _) = try? ask("GET", url, into: answer), head.status == 200 else { return [] }
    return ((try? JSONDecoder().decode(Answer.self, from: answer.data))?.siblings ?? [])
      .map(\.rfilename)
  }
}
