import Archives
import TestSupport
import Testing

struct TarArchiveTests {
  private func read(_ bytes: some Sequence<UInt8>) -> TarArchive {
    let mapping = Array(bytes).withUnsafeBytes { FileMapping(copying: $0) }
    return withExtendedLifetime(mapping) { TarArchive(mapping.bytes) }
  }

  private let small =
    Packing.tarEntry("a.txt", Array("hello".utf8))
    + Packing.tarEntry("pax", Packing.paxRecord("path", "long/b.txt"), type: "x")
    + Packing.tarEntry("b", Array(repeating: 9, count: 600))
    + Packing.tarEntry("././@LongLink", Array("c/d.txt\0".utf8), type: "L")
    + Packing.tarEntry("c", [1])

  @Test func listsFilesWhereTheyLie() {
    let archive = read(Packing.tar(small))
    #expect(archive.problem == nil)
    #expect(
      archive.entries == [
        .init(name: "a.txt", offset: 512, count: 5),
        .init(name: "long/b.txt", offset: 2560, count: 600),
        .init(name: "c/d.txt", offset: 5120, count: 1),
      ])
  }

  @Test func linksFoldersAndDevicesHaveNoContents() {
    let entries = "123456".flatMap { Packing.tarEntry("x", type: $0, size: 4096) }
    let archive = read(Packing.tar(entries, Packing.tarEntry("y", [5])))
    #expect(archive.entries == [.init(name: "y", offset: 3584, count: 1)])
    #expect(archive.problem == nil)
  }

  @Test func paxSizesAndNumbersInBase256() {
    let big = Packing.tarEntry("pax", Packing.paxRecord("size", "700"), type: "x")
    let entry = Packing.tarEntry("y", [UInt8](repeating: 1, count: 700), size: 0)
    #expect(read(Packing.tar(big, entry)).entries.map(\.count) == [700])
    let long = Packing.tarEntry("././@LongLink", Array("long\0".utf8), type: "L")
    #expect(
      read(Packing.tar(big, long, entry)).entries == [.init(name: "long", offset: 2560, count: 700)]
    )
    var header = Packing.tarEntry("z", [UInt8](repeating: 1, count: 513))
    header.replaceSubrange(124..<136, with: [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1])
    fixChecksum(&header)
    #expect(read(Packing.tar(header)).entries.map(\.count) == [513])
  }

  private func fixChecksum(_ header: inout [UInt8]) {
    header.replaceSubrange(148..<156, with: Array("        ".utf8))
    let digits = String(header.prefix(512).reduce(0) { $0 + Int($1) }, radix: 8)
    let padded = String(repeating: "0", count: 6 - digits.count) + digits
    header.replaceSubrange(148..<156, with: Array(padded.utf8) + [0, 0x20])
  }

  /// Sizes beyond the file, sizes that would overflow, and extensions made to fill memory.
  @Test func lyingHeadersEndTheList() {
    let good = Packing.tarEntry("a", [1])
    var endless = Packing.tarEntry("b")
    endless.replaceSubrange(124..<136, with: [0x80] + [UInt8](repeating: 0xFF, count: 11))
    fixChecksum(&endless)
    var negative = endless
    negative.replaceSubrange(124..<136, with: [UInt8](repeating: 0xFF, count: 12))
    fixChecksum(&negative)
    let cases: [([UInt8], String)] = [
      (Packing.tarEntry("b", size: 1 << 30), "needs 1073741824 bytes"),
      (endless, "impossible size"),
      (negative, "impossible size"),
      (Packing.tarEntry("b", type: "x", size: (1 << 20) + 1), "extension of 1048577 bytes"),
      (Packing.tarEntry("b", Array("99 path=x\n".utf8), type: "x"), "not made of records"),
      (Packing.tarEntry("b", Array("3 p\n".utf8), type: "x"), "not made of records"),
      (Packing.tarEntry("b", Array("0000000000000009 path=x\n".utf8), type: "x"), "not made of"),
      (Packing.tarEntry("b", Array("11 size=-1\n".utf8), type: "x"), "not made of records"),
      (Packing.tarEntry("b", [1], type: "S"), "stored with holes"),
      (
        Packing.tarEntry("b", Packing.paxRecord("GNU.sparse.major", "1"), type: "x")
          + Packing.tarEntry("b", [1]), "stored with holes"
      ),
      ([UInt8](repeating: 3, count: 512), "no tar header at byte 1024"),
    ]
    for (bytes, words) in cases {
      let archive = read(Packing.tar(good, bytes, good))
      #expect(archive.entries.count == 1, "\(words)")
      #expect(archive.problem.map { "\($0)" }?.contains(words) == true, "\(archive.problem as Any)")
    }
  }

  @Test func everyTruncationIsNoticed() {
    let whole = Packing.tar(small)
    for length in 0..<whole.count - 512 {
      let archive = read(whole.prefix(length))
      #expect(archive.problem != nil || length >= whole.count - 512, "\(length)")
      #expect(archive.entries.allSatisfy { $0.offset + $0.count <= length })
    }
  }

  @Test(arguments: [0x01, 0xFF] as [UInt8])
  func noChangedByteCrashes(_ flip: UInt8) {
    var bytes = Packing.tar(small)
    for index in bytes.indices {
      bytes[index] ^= flip
      #expect(read(bytes).entries.count <= 3)
      bytes[index] ^= flip
    }
  }
}
