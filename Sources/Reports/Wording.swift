import Foundation

/// How numbers are written for people: the same everywhere.
package enum Wording {
  /// A share in `[0, 1]` as percent with one decimal, such as `93.4 %`.
  package static func percent(_ share: Double) -> String {
    String(format: "%.1f %%", share * 100)
  }

  /// A share with its interval, such as `93.4 % (90.0–95.8)`.
  package static func percent(_ share: Double, low: Double, high: Double) -> String {
    String(format: "%.1f %% (%.1f–%.1f)", share * 100, low * 100, high * 100)
  }

  /// A number with `digits` decimals, or a dash where there is none.
  package static func number(_ value: Double?, digits: Int = 3) -> String {
    value.map { String(format: "%.\(digits)f", $0) } ?? "–"
  }

  /// A count with thin groups of thousands, such as `1,275`.
  package static func count(_ value: Int) -> String {
    let digits = String(abs(value))
    var grouped = ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { grouped.append(",") }
      grouped.append(digit)
    }
    return (value < 0 ? "-" : "") + grouped
  }

  /// How many images could not be read, without a full stop.
  package static func unreadable(_ images: Int) -> String {
    "\(count(images)) image\(images == 1 ? "" : "s") could not be read"
  }

  /// A duration, such as `48 s`, `3 min 20 s` or `2 h 05 min`.
  package static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    if whole < 60 { return seconds < 10 ? String(format: "%.1f s", seconds) : "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return String(format: "%d h %02d min", whole / 3600, whole % 3600 / 60)
  }

  /// Text broken into lines of at most `width` characters, each led by `indent` spaces.
  package static func wrapped(_ text: String, indent: Int, width: Int = 96) -> String {
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty && indent + line.count + 1 + word.count > width {
        lines.append(margin + line)
        line = ""
      }
      line += line.isEmpty ? String(word) : " " + word
    }
    if !line.isEmpty { lines.append(margin + line) }
    return lines.joined(separator: "\n") + "\n"
  }
}
