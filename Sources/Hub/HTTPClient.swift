internal import Foundation
internal import FoundationNetworking
internal import Synchronization

/// One question to a server.
struct HTTPRequest: Sendable {
  var method = "GET"
  var url: URL
  var headers: [String: String] = [:]
}

/// The beginning of an answer: its status and headers.
struct HTTPHead: Sendable, Equatable {
  var status: Int
  /// By lower-case name.
  var headers: [String: String]

  func header(_ name: String) -> String? { headers[name.lowercased()] }

  /// Where a redirect points to, as it is written.
  var location: String? {
    (300..<400).contains(status) && status != 304 ? header("Location") : nil
  }
}

/// Receives an answer while it comes; either call ends the exchange by returning false.
protocol HTTPReceiver: Sendable {
  func begin(_ head: HTTPHead) -> Bool
  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool
}

/// Why an exchange did not come to its end.
enum HTTPFailure: Error, Equatable {
  /// Connecting failed, or the connection broke; the text is the reason.
  case broken(String)
  /// The receiver had enough.
  case stopped
  /// The caller asked to stop.
  case cancelled
}

/// Asks servers one question after the other, over connections that stay open.
///
/// Built on Foundation's `URLSession`. Redirects are never followed here, and no cookie, cache or
/// stored password is used, so that nothing is ever sent that the caller did not state.
final class HTTPClient: Sendable {
  private let session: URLSession
  private let exchanges = HTTPExchanges()
  private let timeoutSeconds: Double

  init(timeoutSeconds: Double) {
    self.timeoutSeconds = timeoutSeconds
    let configuration = URLSessionConfiguration.ephemeral
    configuration.httpCookieStorage = nil
    configuration.httpShouldSetCookies = false
    configuration.urlCache = nil
    configuration.urlCredentialStorage = nil
    // Silence is watched below; this one also limits how long an answer may take altogether.
    configuration.timeoutIntervalForRequest = 7 * 24 * 3600
    session = URLSession(configuration: configuration, delegate: exchanges, delegateQueue: nil)
  }

  deinit { session.invalidateAndCancel() }

  /// Asks, and waits for the answer's end.
  ///
  /// - Parameter isCancelled: Asked twenty times a second.
  /// - Returns: the answer's beginning; its bytes went to the receiver.
  func send(
    _ request: HTTPRequest, to receiver: any HTTPReceiver, isCancelled: () -> Bool
  ) throws(HTTPFailure) -> HTTPHead {
    var message = URLRequest(url: request.url)
    message.httpMethod = request.method
    for (name, value) in request.headers { message.setValue(value, forHTTPHeaderField: name) }
    let task = session.dataTask(with: message)
    let exchange = HTTPExchange(receiver)
    exchanges.add(exchange, as: task.taskIdentifier)
    defer { exchanges.remove(task.taskIdentifier) }
    task.resume()
    var wasCancelled = false
    var isSilent = false
    var patience = 100
    while exchange.done.wait(timeout: .now() + 0.05) == .timedOut {
      if wasCancelled || isSilent {
        // The session owes an end to whom it was told to stop; five seconds are enough.
        patience -= 1
        if patience == 0 { break }
        continue
      }
      wasCancelled = isCancelled()
      isSilent = exchange.secondsOfSilence > timeoutSeconds
      if wasCancelled || isSilent { task.cancel() }
    }
    if wasCancelled { throw .cancelled }
    if exchange.wasStopped { throw .stopped }
    if isSilent { throw .broken("nothing came for \(Int(timeoutSeconds)) seconds") }
    if let reason = exchange.failure { throw .broken(reason) }
    guard let head = exchange.head else { throw .broken("it is no HTTP answer") }
    return head
  }
}

/// What is known of one exchange; the session's thread writes, the caller's reads.
private final class HTTPExchange: Sendable {
  let done = DispatchSemaphore(value: 0)
  let receiver: any HTTPReceiver
  private let state = Mutex(State())

  struct State {
    var head: HTTPHead?
    var failure: String?
    var wasStopped = false
    var wasAskedForPassword = false
    var lastSign = DispatchTime.now()
  }

  init(_ receiver: any HTTPReceiver) { self.receiver = receiver }

  var head: HTTPHead? { state.withLock { $0.head } }
  var failure: String? { state.withLock { $0.failure } }
  var wasStopped: Bool { state.withLock { $0.wasStopped } }

  var secondsOfSilence: Double {
    let last = state.withLock { $0.lastSign.uptimeNanoseconds }
    return Double(DispatchTime.now().uptimeNanoseconds - last) / 1e9
  }

  func begin(_ response: URLResponse) -> Bool {
    guard let response = response as? HTTPURLResponse else { return false }
    var headers: [String: String] = [:]
    for (name, value) in response.allHeaderFields {
      headers["\(name)".lowercased()] = "\(value)"
    }
    let head = HTTPHead(status: response.statusCode, headers: headers)
    state.withLock {
      $0.head = head
      $0.lastSign = .now()
    }
    return note(receiver.begin(head))
  }

  func receive(_ data: Data) -> Bool {
    // URLSession may deliver what it had when it was told to stop.
    let isOver = state.withLock { state in
      state.lastSign = .now()
      return state.wasStopped
    }
    if isOver { return false }
    return note(data.withUnsafeBytes { receiver.receive($0) })
  }

  private func note(_ goesOn: Bool) -> Bool {
    if !goesOn { state.withLock { $0.wasStopped = true } }
    return goesOn
  }

  func refusePassword() { state.withLock { $0.wasAskedForPassword = true } }

  func end(_ error: (any Error)?) {
    state.withLock { state in
      // To refuse a password ends the exchange with an error, though its 401 is all there is.
      if state.wasAskedForPassword, state.head != nil { return }
      state.failure = error.map(HTTPExchange.reason)
    }
    done.signal()
  }

  /// In lower case and without a full stop, to stand inside a sentence.
  private static func reason(_ error: any Error) -> String {
    let text = error.localizedDescription.trimmingCharacters(in: CharacterSet(charactersIn: ". "))
    return text.prefix(1).lowercased() + text.dropFirst()
  }
}

/// The session's delegate: hands each event to the exchange that it belongs to.
private final class HTTPExchanges: NSObject, URLSessionDataDelegate {
  private let running = Mutex<[Int: HTTPExchange]>([:])

  func add(_ exchange: HTTPExchange, as identifier: Int) {
    running.withLock { $0[identifier] = exchange }
  }

  func remove(_ identifier: Int) { running.withLock { $0[identifier] = nil } }

  private subscript(task: URLSessionTask) -> HTTPExchange? {
    running.withLock { $0[task.taskIdentifier] }
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
  ) {
    completionHandler(self[dataTask]?.begin(response) == true ? .allow : .cancel)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    if self[dataTask]?.receive(data) != true { dataTask.cancel() }
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
  ) {
    self[task]?.end(error)
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection: HTTPURLResponse,
    newRequest: URLRequest, completionHandler: @escaping (URLRequest?) -> Void
  ) {
    // The redirect itself becomes the answer.
    completionHandler(nil)
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didReceive challenge: URLAuthenticationChallenge,
    completionHandler:
      @escaping (
        URLSession.AuthChallengeDisposition, URLCredential?
      ) -> Void
  ) {
    // No password is ever offered; with the default handling URLSession would wait for one without
    // end. (Certificates are libcurl's business here and never come this way.)
    self[task]?.refusePassword()
    completionHandler(.rejectProtectionSpace, nil)
  }
}
