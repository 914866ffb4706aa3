import Foundation

/// The greatest resident memory that this process has had.
enum PeakMemory {
  /// Bytes, shared pages of libraries and mapped files included.
  ///
  /// Linux's own count for the program (`VmHWM`). `getrusage`, which serves where that cannot be
  /// read, also counts what the parent process held when it started this one.
  static var bytes: Int {
    if let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let kibibytes = line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({
        Int($0)
      })
    {
      return kibibytes * 1024
    }
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }
}
