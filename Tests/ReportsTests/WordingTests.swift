import Reports
import Testing

@Suite("How values are written for people")
struct WordingTests {
  @Test func percent() {
    #expect(Wording.percent(0.9336) == "93.4 %")
    #expect(Wording.percent(0) == "0.0 %")
    #expect(Wording.percent(1) == "100.0 %")
    #expect(Wording.percent(0.934, low: 0.9, high: 0.958) == "93.4 % (90.0–95.8)")
  }

  @Test func number() {
    #expect(Wording.number(1.23456) == "1.235")
    #expect(Wording.number(-0.5, digits: 1) == "-0.5")
    #expect(Wording.number(nil) == "–")
  }

  @Test func unreadable() {
    #expect(Wording.unreadable(1) == "1 image could not be read")
    #expect(Wording.unreadable(1200) == "1,200 images could not be read")
  }

  @Test(arguments: [
    (0, "0"), (999, "999"), (1000, "1,000"), (12_345_678, "12,345,678"), (-1234, "-1,234"),
    (-100, "-100"),
  ])
  func count(value: Int, text: String) { #expect(Wording.count(value) == text) }

  @Test(arguments: [
    (0.04, "0.0 s"), (3.21, "3.2 s"), (9.94, "9.9 s"), (48.2, "48 s"), (59.7, "1 min 0 s"),
    (200, "3 min 20 s"), (3599.6, "1 h 00 min"), (7500, "2 h 05 min"),
  ])
  func duration(seconds: Double, text: String) { #expect(Wording.duration(seconds) == text) }

  @Test func wrapped() {
    #expect(Wording.wrapped("one two three", indent: 2, width: 9) == "  one two\n  three\n")
    #expect(Wording.wrapped("", indent: 2) == "\n")
    #expect(Wording.wrapped("verylongword a", indent: 0, width: 4) == "verylongword\na\n")
    let text = String(repeating: "word ", count: 100)
    for line in Wording.wrapped(text, indent: 4, width: 40).split(separator: "\n") {
      #expect(line.count <= 40 && line.hasPrefix("    word"))
    }
  }

  @Test func table() {
    var table = TextTable([("name", .left), ("n", .right), ("", .left)])
    table.add(["ä", "12", "x"])
    table.add(["longer", "3", ""])
    #expect(
      table.text == """
        name     n
        ──────  ──  ─
        ä       12  x
        longer   3

        """)
  }

  @Test func emptyTable() {
    #expect(TextTable([("a", .left), ("bc", .right)]).text == "a  bc\n─  ──\n")
  }
}
