/// What a pull says while it goes on.
public enum HubEvent: Sendable, Equatable {
  /// A file is about to come; `resumedFrom` bytes of it are there from an earlier time.
  case fetching(file: String, byteCount: Int?, resumedFrom: Int)
  /// How much of the file is there.
  case progress(file: String, done: Int, total: Int?)
  /// The whole file is there and its digest is being computed.
  case verifying(file: String)
  /// Something the person should know: a retry, a copy from the cache, a wait for another program.
  case note(String)
}

/// Receives what a pull says; called from one thread at a time.
public typealias HubEventHandler = @Sendable (HubEvent) -> Void
