import FineTuning
import Foundation
import Synchronization

/// Standard error: phases, progress and remarks, so that standard output holds results only.
final class Console: Sendable {
  private let isQuiet: Bool
  private let isTerminal: Bool
  private let state = Mutex(State())

  private struct State {
    var lineIsOpen = false
    var lastShown = Date.distantPast
    var phase = ""
  }

  init(quiet: Bool) {
    isQuiet = quiet
    isTerminal = isatty(STDERR_FILENO) == 1
  }

  /// Writes one line to standard error at once.
  static func error(_ line: String) {
    try? FileHandle.standardError.write(contentsOf: Data((line + "\n").utf8))
  }

  /// Shows an event of long work.
  func show(_ event: RunEvent) {
    if isQuiet { return }
    state.withLock { state in
      switch event {
      case .phase(let text):
        state.phase = text
        line(text, &state)
      case .progress(let done, let total, let unit):
        progress(done, total, unit, &state)
      case .epoch(let record):
        line(Self.describe(record), &state)
      case .note(let text):
        line("  note: " + text, &state)
      }
    }
  }

  private func line(_ text: String, _ state: inout State) {
    let erase = state.lineIsOpen ? "\r\u{1B}[K" : ""
    state.lineIsOpen = false
    try? FileHandle.standardError.write(contentsOf: Data((erase + text + "\n").utf8))
  }

  /// On a terminal one line that is written over, at most ten times a second; in a file nothing.
  private func progress(_ done: Int, _ total: Int, _ unit: String, _ state: inout State) {
    guard isTerminal else { return }
    let now = Date()
    guard done == total || now.timeIntervalSince(state.lastShown) > 0.1 else { return }
    state.lastShown = now
    let width = 24
    let filled = total == 0 ? width : width * done / total
    let bar =
      String(repeating: "█", count: filled) + String(repeating: "·", count: width - filled)
    let text = "\r\u{1B}[K  \(bar) \(done) of \(total) \(unit)"
    try? FileHandle.standardError.write(
      contentsOf: Data((done == total ? "\r\u{1B}[K" : text).utf8))
    state.lineIsOpen = done != total
  }

  private static func describe(_ record: EpochRecord) -> String {
    var text = String(
      format: "  epoch %3d  loss %.4f  train %5.1f %%", record.epoch, record.trainingLoss,
      record.trainingAccuracy * 100)
    if let accuracy = record.validationAccuracy {
      text += String(format: "  validation %5.1f %%", accuracy * 100)
    }
    return text + String(format: "  %.0f s", record.seconds)
  }
}
