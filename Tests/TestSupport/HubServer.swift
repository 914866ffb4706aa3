public import Foundation
internal import Synchronization

/// A Hub of one's own on 127.0.0.1, honest or not, so that no test ever reaches a real network.
///
/// It serves `/OWNER/NAME/resolve/REVISION/FILE` as the real one does: small files from itself through
/// a relative redirect, large ones (``StoredFile/isLarge``) through a redirect to a second server, the
/// "CDN", which is another port and so another origin. Every request is written down.
public final class HubServer: Sendable {
  /// A file of a repository and how the server behaves with it.
  public struct StoredFile: Sendable {
    /// What is sent.
    public var bytes: Data
    /// The ETag: SHA-256 or git's SHA-1 of what should be sent.
    public var etag: String
    /// Whether its bytes lie on the CDN.
    public var isLarge: Bool
    /// The length that is announced; by default the true one.
    public var announced: Int?
    /// What goes wrong, first of all with the first request for its bytes.
    public var faults: [Fault] = []

    /// A file.
    public init(_ bytes: Data, etag: String, isLarge: Bool) {
      self.bytes = bytes
      self.etag = etag
      self.isLarge = isLarge
    }
  }

  /// What may go wrong with one request for a file's bytes.
  public enum Fault: Sendable, Equatable {
    /// The connection ends after so many bytes.
    case cut(after: Int)
    /// A status without the file.
    case status(Int)
    /// The whole file, whatever part was asked for.
    case ignoresRange
    /// Another part than was asked for.
    case wrongRange
    /// So many bytes, then silence until the client goes.
    case stall(after: Int)
    /// The right length, other bytes.
    case garbled
    /// A `Content-Length` of so many bytes, and just as many bytes.
    case length(Int)
    /// No `Content-Length`: the end of the connection ends the file.
    case unknownLength
    /// So many bytes more than there are.
    case surplus(Int)
    /// A redirect to the CDN, where the bytes are.
    case elsewhere
    /// A few bytes at a time.
    case slow(bytesPerPiece: Int, milliseconds: UInt32)
  }

  /// One request as it came.
  public struct Request: Sendable {
    /// `GET` or `HEAD`.
    public var method: String
    /// The path with its query.
    public var path: String
    /// By lower-case name.
    public var headers: [String: String]
    /// Whether it came to the CDN.
    public var isCDN: Bool
  }

  /// What the server holds and does.
  public struct Contents: Sendable {
    /// By `OWNER/NAME`, then by path.
    public var repositories: [String: [String: StoredFile]] = [:]
    /// The commit of every repository.
    public var commit = String(repeating: "c0ffee12", count: 5)
    /// Branches and tags.
    public var revisions: Set<String> = ["main"]
    /// A token that must come along, and the status and code where it does not.
    public var gate: (token: String, status: Int, code: String?)?
    /// Repositories under a new name.
    public var moved: [String: String] = [:]
    /// Statuses of the next requests for metadata.
    public var metadataFaults: [Int] = []
    /// Leaves out the header of this lower-case name.
    public var omits: String?
  }

  private let home: Int32
  private let cdn: Int32
  private let contents = Mutex(Contents())
  private let log = Mutex<[Request]>([])

  /// The address for `HF_ENDPOINT`.
  public let endpoint: URL
  /// The address of the CDN.
  public let cdnEndpoint: URL

  /// Starts both servers.
  public init() throws {
    let first = try HubServer.listen()
    let second = try HubServer.listen()
    (home, cdn) = (first.socket, second.socket)
    endpoint = try HubServer.address(first.port)
    cdnEndpoint = try HubServer.address(second.port)
    for (socket, isCDN) in [(home, false), (cdn, true)] {
      Thread.detachNewThread { [weak self] in
        while true {
          let connection = accept(socket, nil, nil)
          guard connection >= 0 else { return }
          guard let self else {
            close(connection)
            return
          }
          Thread.detachNewThread { self.serve(connection, isCDN: isCDN) }
        }
      }
    }
  }

  deinit { stop() }

  /// Ends both servers; questions are then refused.
  public func stop() {
    for socket in [home, cdn] {
      shutdown(socket, Int32(SHUT_RDWR))
      close(socket)
    }
  }

  /// Changes what the server holds and does.
  public func change(_ body: (inout Contents) -> Void) { contents.withLock { body(&$0) } }

  /// Every request so far.
  public var requests: [Request] { log.withLock { $0 } }

  /// Forgets the requests so far.
  public func forget() { log.withLock { $0 = [] } }

  private struct Refused: Error {}

  private static func listen() throws -> (socket: Int32, port: UInt16) {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var place = sockaddr_in()
    place.sin_family = sa_family_t(AF_INET)
    place.sin_addr.s_addr = inet_addr("127.0.0.1")
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &place) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
      }
    }
    guard socket >= 0, isBound, Glibc.listen(socket, 64) == 0 else { throw Refused() }
    return (socket, UInt16(bigEndian: place.sin_port))
  }

  private static func address(_ port: UInt16) throws -> URL {
    guard let url = URL(string: "http://127.0.0.1:\(port)") else { throw Refused() }
    return url
  }

  // MARK: One connection

  private func serve(_ socket: Int32, isCDN: Bool) {
    defer { close(socket) }
    while let request = HubServer.read(socket, isCDN: isCDN) {
      log.withLock { $0.append(request) }
      let answer = isCDN ? answerFromCDN(request) : answerFromHome(request)
      guard HubServer.send(answer, to: socket, isHead: request.method == "HEAD") else { return }
    }
  }

  private struct Answer {
    var status = 200
    var headers: [(String, String)] = []
    var body = Data()
    /// The connection ends after so many bytes of the body.
    var cut: Int?
    /// So many bytes of the body, then nothing.
    var stall: Int?
    var pieces: (count: Int, milliseconds: UInt32)?
    var announced: Int?
    var announcesLength = true
  }

  private static func read(_ socket: Int32, isCDN: Bool) -> Request? {
    var bytes: [UInt8] = []
    var byte: UInt8 = 0
    while bytes.suffix(4) != [13, 10, 13, 10] {
      guard recv(socket, &byte, 1, 0) == 1, bytes.count < 1 << 16 else { return nil }
      bytes.append(byte)
    }
    let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
    let words = lines[0].split(separator: " ").map(String.init)
    guard words.count == 3 else { return nil }
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers[String(line[..<colon]).lowercased()] =
        String(line[line.index(after: colon)...]).trimmingCharacters(in: .whitespaces)
    }
    return Request(method: words[0], path: words[1], headers: headers, isCDN: isCDN)
  }

  private static func send(_ answer: Answer, to socket: Int32, isHead: Bool) -> Bool {
    var head = "HTTP/1.1 \(answer.status) X\r\n"
    for (name, value) in answer.headers { head += "\(name): \(value)\r\n" }
    if answer.announcesLength {
      head += "Content-Length: \(answer.announced ?? answer.body.count)\r\n"
    } else {
      head += "Connection: close\r\n"
    }
    guard write(Data((head + "\r\n").utf8), to: socket) else { return false }
    if isHead { return true }
    if let stall = answer.stall {
      _ = write(answer.body.prefix(stall), to: socket)
      var byte: UInt8 = 0
      // Until the client goes.
      _ = recv(socket, &byte, 1, 0)
      return false
    }
    if let cut = answer.cut {
      _ = write(answer.body.prefix(cut), to: socket)
      return false
    }
    if let pieces = answer.pieces {
      var rest = answer.body[...]
      while !rest.isEmpty {
        guard write(Data(rest.prefix(pieces.count)), to: socket) else { return false }
        rest = rest.dropFirst(pieces.count)
        usleep(pieces.milliseconds * 1000)
      }
      return true
    }
    return write(answer.body, to: socket) && answer.announcesLength
  }

  private static func write(_ data: Data, to socket: Int32) -> Bool {
    data.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) -> Bool in
      var rest = bytes[...]
      while !rest.isEmpty {
        let chunk = UnsafeRawBufferPointer(rebasing: rest)
        let sent = Glibc.send(socket, chunk.baseAddress, chunk.count, Int32(MSG_NOSIGNAL))
        guard sent > 0 else { return false }
        rest = rest.dropFirst(sent)
      }
      return true
    }
  }

  // MARK: What is answered

  private func answerFromHome(_ request: Request) -> Answer {
    let path = String(request.path.prefix { $0 != "?" })
    let parts = path.split(separator: "/").map(String.init)
    if parts.first == "api", parts.count >= 4 { return listing("\(parts[2])/\(parts[3])") }
    if parts.first == "resolve-cache", parts.count >= 4 {
      return bytes(
        of: parts.dropFirst(3).joined(separator: "/"), in: "\(parts[1])/\(parts[2])", request)
    }
    guard parts.count >= 5, parts[2] == "resolve" else { return Answer(status: 404) }
    return resolve(
      "\(parts[0])/\(parts[1])", parts[3].removingPercentEncoding ?? "",
      parts.dropFirst(4).joined(separator: "/").removingPercentEncoding ?? "", request)
  }

  private func listing(_ repository: String) -> Answer {
    let names = contents.withLock { $0.repositories[repository].map { Array($0.keys) } }
    guard let names else { return Answer(status: 404) }
    let siblings = names.sorted().map { "{\"rfilename\": \"\($0)\"}" }.joined(separator: ", ")
    return Answer(body: Data("{\"siblings\": [\(siblings)]}".utf8))
  }

  private func resolve(
    _ repository: String, _ revision: String, _ path: String, _ request: Request
  ) -> Answer {
    contents.withLock { contents in
      if let name = contents.moved[repository] {
        return Answer(
          status: 307, headers: [("Location", "/\(name)/resolve/\(revision)/\(path)")])
      }
      if let gate = contents.gate, request.headers["authorization"] != "Bearer \(gate.token)" {
        return Answer(
          status: gate.status,
          headers: [("WWW-Authenticate", "Basic realm=\"Hub\"")]
            + (gate.code.map { [("X-Error-Code", $0)] } ?? []))
      }
      if !contents.metadataFaults.isEmpty {
        return Answer(status: contents.metadataFaults.removeFirst())
      }
      guard let files = contents.repositories[repository] else {
        return Answer(status: 404, headers: [("X-Error-Code", "RepoNotFound")])
      }
      guard contents.revisions.contains(revision) || revision == contents.commit else {
        return Answer(status: 404, headers: [("X-Error-Code", "RevisionNotFound")])
      }
      let commit = ("X-Repo-Commit", contents.commit)
      guard let file = files[path] else {
        return Answer(status: 404, headers: [("X-Error-Code", "EntryNotFound"), commit])
      }
      let target =
        file.isLarge
        ? "\(cdnEndpoint.absoluteString)/\(repository)/\(path)?signature=x"
        : "/resolve-cache/\(repository)/\(path)?etag=x"
      let headers = [
        commit, ("X-Linked-Etag", "\"\(file.etag)\""),
        ("X-Linked-Size", "\(file.announced ?? file.bytes.count)"), ("ETag", "\"of-the-redirect\""),
        ("Location", target),
      ]
      return Answer(
        status: file.isLarge ? 302 : 307,
        headers: headers.filter { $0.0.lowercased() != contents.omits })
    }
  }

  private func answerFromCDN(_ request: Request) -> Answer {
    let path = String(request.path.prefix { $0 != "?" })
    let parts = path.split(separator: "/").map(String.init)
    guard parts.count >= 3 else { return Answer(status: 404) }
    return bytes(
      of: parts.dropFirst(2).joined(separator: "/"), in: "\(parts[0])/\(parts[1])", request)
  }

  private func bytes(of path: String, in repository: String, _ request: Request) -> Answer {
    let found = contents.withLock { contents -> (StoredFile, Fault?)? in
      guard var file = contents.repositories[repository]?[path] else { return nil }
      var fault: Fault?
      if request.method == "GET", !file.faults.isEmpty {
        fault = file.faults.removeFirst()
        contents.repositories[repository]?[path] = file
      }
      return (file, fault)
    }
    guard let (file, fault) = found else { return Answer(status: 404) }
    var answer = Answer(headers: [("ETag", "\"\(file.etag)\"")], body: file.bytes)
    let range = request.headers["range"]
      .flatMap { Int($0.dropFirst("bytes=".count).prefix { $0 != "-" }) }
    if var start = range, fault != .ignoresRange {
      guard start < file.bytes.count else { return Answer(status: 416) }
      if fault == .wrongRange { start -= 1 }
      answer.status = 206
      answer.body = file.bytes.dropFirst(start)
      answer.headers.append(
        ("Content-Range", "bytes \(start)-\(file.bytes.count - 1)/\(file.bytes.count)"))
    }
    switch fault {
    case .cut(let count): answer.cut = count
    case .status(let status): return Answer(status: status, body: Data("an error page".utf8))
    case .stall(let count): answer.stall = count
    case .elsewhere:
      return Answer(
        status: 302,
        headers: [("Location", "\(cdnEndpoint.absoluteString)/\(repository)/\(path)")])
    case .garbled: answer.body = Data(answer.body.map { $0 ^ 0x55 })
    case .length(let count):
      answer.body = answer.body.prefix(count)
      answer.announced = count
    case .unknownLength: answer.announcesLength = false
    case .surplus(let count): answer.body += Data(repeating: 7, count: count)
    case .slow(let count, let milliseconds): answer.pieces = (count, milliseconds)
    case .ignoresRange, .wrongRange, nil: break
    }
    return answer
  }
}
