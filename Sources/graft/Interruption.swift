import FineTuning
import Foundation

/// Ctrl-C: the first asks the work to stop at its next safe point, the second ends the program.
enum Interruption {
  private static let cancellation = Cancellation()

  /// Starts to listen.
  ///
  /// The handler only sets an atomic flag and writes a constant, which a signal handler may do.
  ///
  /// - Returns: the flag that is raised on SIGINT or SIGTERM.
  static func listen() -> Cancellation {
    let flag = cancellation
    for number in [SIGINT, SIGTERM] {
      // A parent with many threads may hand down a mask that blocks them.
      var unblocked = sigset_t()
      sigemptyset(&unblocked)
      sigaddset(&unblocked, number)
      pthread_sigmask(SIG_UNBLOCK, &unblocked, nil)
      signal(number) { _ in
        if Interruption.cancellation.isCancelled { _exit(130) }
        Interruption.cancellation.cancel()
        let message: StaticString =
          "\nStopping at the next safe point; once more to stop at once.\n"
        write(STDERR_FILENO, message.utf8Start, message.utf8CodeUnitCount)
      }
    }
    return flag
  }
}
