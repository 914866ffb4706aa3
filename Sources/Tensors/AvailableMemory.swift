internal import Foundation

/// How much memory this process may still take.
public enum AvailableMemory {
  /// Bytes: the smaller of what the kernel says is available and what the control group leaves; nil
  /// where neither is known.
  ///
  /// The kernel's `MemAvailable` counts what it can take back from caches. Cost: two or three small
  /// files read.
  public static var bytes: Int? { bytes(root: "/") }

  /// The same, read below another folder than the root, for tests.
  package static func bytes(root: String) -> Int? {
    let groups = root + "/sys/fs/cgroup"
    let own = text(root + "/proc/self/cgroup")?.split(separator: "\n").compactMap { line in
      line.hasPrefix("0::/") ? groups + line.dropFirst(3) : nil
    }
    return
      ([kernel(root)]
      + ([groups] + (own ?? [])).map {
        remainder($0, limit: "memory.max", usage: "memory.current", cache: "inactive_file")
      } + [
        remainder(
          groups + "/memory", limit: "memory.limit_in_bytes", usage: "memory.usage_in_bytes",
          cache: "total_inactive_file")
      ]).compactMap { $0 }.min()
  }

  private static func kernel(_ root: String) -> Int? {
    guard let text = text(root + "/proc/meminfo") else { return nil }
    for line in text.split(separator: "\n") where line.hasPrefix("MemAvailable:") {
      return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 * 1024 }
    }
    return nil
  }

  /// A group's limit less what is in use, the file cache that gives way not counted; nil without a
  /// limit ("max", or larger than any machine).
  private static func remainder(
    _ folder: String, limit: String, usage: String, cache: String
  ) -> Int? {
    guard let limit = number(folder + "/" + limit), limit < 1 << 56,
      let usage = number(folder + "/" + usage)
    else { return nil }
    let cached = text(folder + "/memory.stat")?.split(separator: "\n").lazy.compactMap { line in
      let words = line.split(separator: " ")
      return words.first == Substring(cache) ? words.last.flatMap { Int($0) } : nil
    }.first
    return max(0, limit - usage + (cached ?? 0))
  }

  private static func number(_ path: String) -> Int? {
    text(path).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }

  private static func text(_ path: String) -> String? {
    FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
  }
}
