internal import Foundation
public import Files

/// Speaks a Hub's HTTP interface as `huggingface_hub` does, and keeps what comes in the cache that both
/// share.
///
/// Calls block; progress comes through the events. Errors of the server and broken connections are
/// tried again with growing pauses; what is half there is continued, now or at the next call.
///
/// - Reference: huggingface_hub 2.4, "Download files" and "Understand caching".
public final class HubClient: Sendable {
  /// How often and how soon something is tried again.
  public struct Patience: Sendable {
    /// Attempts without progress, the first among them.
    public var attempts: Int
    /// The pause after the first failure; each further one is twice as long.
    public var firstPauseSeconds: Double

    /// Five attempts and half a second by default: 7.5 seconds in all.
    public init(attempts: Int = 5, firstPauseSeconds: Double = 0.5) {
      self.attempts = attempts
      self.firstPauseSeconds = firstPauseSeconds
    }
  }

  /// Where and as whom to ask.
  public let environment: HubEnvironment
  /// Where things are kept.
  public let cache: HubCache
  let http: HTTPClient
  let patience: Patience
  let userAgent: String
  let digests: DigestCache
  let events: HubEventHandler
  let isCancelled: @Sendable () -> Bool

  /// A client.
  ///
  /// - Parameters:
  ///   - userAgent: The program's name and version, which is sent along.
  ///   - digests: Where the digests of what has come are remembered.
  ///   - isCancelled: Asked often; true ends the work with ``HubError/cancelled(file:kept:of:)``.
  public init(
    _ environment: HubEnvironment, patience: Patience = Patience(), userAgent: String,
    digests: DigestCache = DigestCache(), events: @escaping HubEventHandler = { _ in },
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) {
    self.environment = environment
    cache = HubCache(folder: environment.cacheFolder)
    http = HTTPClient(timeoutSeconds: environment.timeoutSeconds)
    self.patience = patience
    self.userAgent = userAgent
    self.digests = digests
    self.events = events
    self.isCancelled = isCancelled
  }

  /// The Hub's name in sentences.
  var host: String {
    let port = environment.endpoint.port.map { ":\($0)" } ?? ""
    return (environment.endpoint.host ?? "the Hub") + port
  }

  /// A failure that another attempt may mend, or not.
  enum Fault: Error {
    case passing(HubError, pauseSeconds: Double?)
    case final(HubError)
    /// The caller asked to stop.
    case cancelled

    /// The error for people.
    func error(after attempts: Int, of file: String) -> HubError {
      switch self {
      case .passing(.unreachable(let host, let reason, _), _):
        .unreachable(host: host, reason: reason, attempts: attempts)
      case .passing(.failing(let host, let status, _), _):
        .failing(host: host, status: status, attempts: attempts)
      case .passing(let error, _), .final(let error): error
      case .cancelled: .cancelled(file: file, kept: 0, of: nil)
      }
    }
  }

  /// Asks one question, following redirects: the token goes to the Hub's own origin only.
  ///
  /// - Parameters:
  ///   - staysHome: Whether a redirect to another origin ends the way, with the redirect as answer.
  ///   - seen: Is shown every answer on the way.
  /// - Returns: the last answer, whatever its status, and the address it came from.
  func ask(
    _ method: String, _ start: URL, headers: [String: String] = [:], staysHome: Bool = false,
    into receiver: any HTTPReceiver, seen: (HTTPHead) -> Void = { _ in }
  ) throws(Fault) -> (head: HTTPHead, url: URL) {
    var url = start
    var isTrusted = isHome(url)
    for _ in 0..<10 {
      var request = HTTPRequest(method: method, url: url, headers: headers)
      request.headers["User-Agent"] = userAgent
      // Any compression would hide lengths and break ranges.
      request.headers["Accept-Encoding"] = "identity"
      if isTrusted, let token = environment.token {
        request.headers["Authorization"] = "Bearer \(token)"
      }
      let head: HTTPHead
      do {
        head = try http.send(request, to: receiver, isCancelled: isCancelled)
      } catch {
        switch error {
        case .cancelled: throw .cancelled
        case .broken(let reason):
          throw .passing(
            .unreachable(host: name(of: url), reason: reason, attempts: 1), pauseSeconds: nil)
        case .stopped:
          throw .final(.notAHub(host: name(of: url), missing: "its answer is too long"))
        }
      }
      seen(head)
      guard let location = head.location else { return (head, url) }
      guard let target = URL(string: location, relativeTo: url)?.absoluteURL,
        ["http", "https"].contains(target.scheme?.lowercased() ?? ""), target.host != nil
      else {
        throw .final(.notAHub(host: name(of: url), missing: "it redirects to '\(location)'"))
      }
      if staysHome && !isHome(target) { return (head, url) }
      // Once away the token stays away, wherever the way leads.
      isTrusted = isTrusted && isHome(target)
      url = target
    }
    throw .final(.notAHub(host: name(of: start), missing: "it redirects in circles"))
  }

  /// Runs something again as long as it fails in passing.
  func persisting<R>(
    over file: String, _ body: () throws(Fault) -> R
  ) throws(HubError) -> R {
    var failures = 0
    while true {
      do throws(Fault) { return try body() } catch {
        failures += 1
        guard case .passing(let reason, let pause) = error, failures < patience.attempts else {
          throw error.error(after: failures, of: file)
        }
        try rest(after: failures, because: reason, asked: pause, of: file)
      }
    }
  }

  /// Waits before another attempt.
  func rest(
    after failures: Int, because reason: HubError, asked: Double?, of file: String,
    kept: Int = 0, total: Int? = nil
  ) throws(HubError) {
    let ordinary = patience.firstPauseSeconds * Double(1 << min(failures - 1, 6))
    let seconds = min(asked ?? ordinary, 60)
    events(.note("\(shortened(reason)); again in \(String(format: "%.1f", seconds)) s"))
    let end = Date().addingTimeInterval(seconds)
    while Date() < end {
      if isCancelled() { throw .cancelled(file: file, kept: kept, of: total) }
      usleep(UInt32(min(50_000, max(0, end.timeIntervalSinceNow * 1e6))))
    }
  }

  private func shortened(_ error: HubError) -> String {
    switch error {
    case .unreachable(let host, let reason, _): "\(host): \(reason)"
    case .failing(let host, let status, _): "\(host) fails with status \(status)"
    default: error.description
    }
  }

  /// What a status that is no success means.
  func fault(
    _ head: HTTPHead, at url: URL, of reference: HubReference, file: String
  ) -> Fault {
    let hasToken = environment.token != nil
    let code = head.header("X-Error-Code")
    switch (head.status, code) {
    case (408, _), (429, _), (500..., _):
      return .passing(
        .failing(host: name(of: url), status: head.status, attempts: 1),
        pauseSeconds: head.header("Retry-After").flatMap(Double.init).map { max(0, $0) })
    case (_, "GatedRepo"):
      let page = environment.endpoint.appendingPathComponent(reference.repository).absoluteString
      return .final(.gated(reference.repository, page: page, hasToken: hasToken))
    case (_, "RevisionNotFound"):
      return .final(.noRevision(reference.revision, repository: reference.repository))
    case (_, "EntryNotFound"):
      return .final(.noFile(file, reference: reference.whole.description))
    case (401, nil)
    where head.header("X-Error-Message") == "Invalid credentials in Authorization header":
      return .final(.badToken(host: host))
    case (_, "RepoNotFound"), (401, _), (404, nil):
      return .final(.noRepository(reference.repository, host: host, hasToken: hasToken))
    default:
      return .final(
        .refused(
          address: url.absoluteString, status: head.status,
          reason: head.header("X-Error-Message") ?? code ?? ""))
    }
  }

  /// Whether an address belongs to the Hub's own origin.
  func isHome(_ url: URL) -> Bool {
    HubClient.origin(url) == HubClient.origin(environment.endpoint)
  }

  private static func origin(_ url: URL) -> String {
    let scheme = url.scheme?.lowercased() ?? ""
    return
      "\(scheme)://\(url.host?.lowercased() ?? ""):\(url.port ?? (scheme == "http" ? 80 : 443))"
  }

  func name(of url: URL) -> String {
    (url.host ?? "the server") + (url.port.map { ":\($0)" } ?? "")
  }
}
