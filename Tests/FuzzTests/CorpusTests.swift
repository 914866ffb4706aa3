import AllocationCounter
import Foundation
import FuzzTargets
import TestSupport
import Testing

/// Every parser on every file of its corpus, cut at every byte and with every byte changed: an error or an
/// answer, and no more memory than the file could justify.
@Suite struct CorpusTests {
  static let corpus = Checkout.root.appendingPathComponent("Tests/Fuzzing/Corpus")

  private static func files(of target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
    let folder = corpus.appendingPathComponent(target.name)
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted().map {
      ("\(target.name)/\($0)", [UInt8](try Data(contentsOf: folder.appendingPathComponent($0))))
    }
  }

  /// Whether a parser takes these bytes, which are copied so that reading past their end is seen by a
  /// memory checker; and the most bytes that it asked for at once.
  private static func parse(
    _ bytes: some Collection<UInt8>, _ target: FuzzTarget
  ) -> (isTaken: Bool, largest: Int) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    defer { copy.deallocate() }
    copy.copyBytes(from: bytes)
    allocation_counter_begin()
    let isTaken = (try? target.parse(UnsafeRawBufferPointer(copy))) != nil
    _ = allocation_counter_end()
    return (isTaken, Int(clamping: allocation_counter_largest()))
  }

  /// What a file may ask for at once: deflated bytes grow a thousandfold at most, an ONNX file may make
  /// constants up to its budget (`ONNXImporter`), a picture may have pixels up to the limit, and any parser
  /// has buffers of its own.
  private static func bound(_ count: Int, _ target: FuzzTarget) -> Int {
    let own =
      switch target.name {
      case "onnx": 40 << 20
      // Pixels, of which a flat colour needs next to no bytes: up to the limit that the target sets.
      case "image-jpeg", "image-png": 4 * 4_000_000 + 1 << 20
      default: 1 << 18
      }
    return own + 1100 * count
  }

  @Test func everyParserHasInputs() throws {
    #expect(FuzzTarget.all.count >= 11)
    for target in FuzzTarget.all {
      let taken = try Self.files(of: target).filter { Self.parse($0.bytes, target).isTaken }
      #expect(!taken.isEmpty, "\(target.name) takes none of its inputs")
    }
    let folders = try FileManager.default.contentsOfDirectory(atPath: Self.corpus.path)
    #expect(Set(folders) == Set(FuzzTarget.all.map(\.name)))
  }

  /// How many bytes at the end of a file it may lack and still be one: a text's last line break; the remarks
  /// of an ONNX file, and the sets of operators that it names and uses none of; the mark at the end of a
  /// picture whose pixels are complete; gzip's checksum of what is.
  private static func dispensable(_ bytes: [UInt8], _ target: FuzzTarget) -> Int {
    switch target.name {
    case "onnx": return 64
    case "image-jpeg": return 2
    case "image-png": return 12
    case "idx" where bytes.starts(with: [0x1F, 0x8B]): return 9
    default: break
    }
    return bytes.reversed().prefix { $0 == UInt8(ascii: "\n") }.count
  }

  /// Of a file that is taken, no part is.
  @Test(arguments: FuzzTarget.all.map(\.name))
  func everyTruncationIsAnError(_ name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    for (name, bytes) in try Self.files(of: target) {
      let isTaken = Self.parse(bytes, target).isTaken
      let end = bytes.count - Self.dispensable(bytes, target)
      for length in 0..<bytes.count {
        let (isPartTaken, largest) = Self.parse(bytes[..<length], target)
        #expect(
          !isTaken || !isPartTaken || target.mayEndAnywhere || length >= end,
          "\(name) cut to \(length) of \(bytes.count)")
        #expect(largest <= Self.bound(length, target), "\(name) cut to \(length): \(largest) bytes")
      }
    }
  }

  /// A changed byte may go unnoticed (it may be a weight); it must never crash, nor make of a length that
  /// is far off more than an error.
  @Test(arguments: FuzzTarget.all.map(\.name))
  func everyChangedByteIsSurvived(_ name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    for (name, bytes) in try Self.files(of: target) {
      var bytes = bytes
      for place in stride(from: 0, to: bytes.count, by: bytes.count > 4000 ? 5 : 1) {
        for change: UInt8 in [0x01, 0x80, 0xFF] {
          bytes[place] ^= change
          let largest = Self.parse(bytes, target).largest
          #expect(
            largest <= Self.bound(bytes.count, target),
            "\(name), byte \(place) changed by \(change): \(largest) bytes")
          bytes[place] ^= change
        }
      }
    }
  }

  /// Lengths that announce far more than is there.
  @Test(arguments: FuzzTarget.all.map(\.name))
  func everyAnnouncedLengthIsChecked(_ name: String) throws {
    let target = try #require(FuzzTarget.all.first { $0.name == name })
    let lengths: [[UInt8]] = [
      [0xFF, 0xFF, 0xFF, 0x7F], [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0x00, 0x00],
      Array("999999999999".utf8),
    ]
    for (name, bytes) in try Self.files(of: target) {
      for place in stride(from: 0, to: bytes.count, by: bytes.count > 4000 ? 5 : 1) {
        for length in lengths where place + length.count <= bytes.count {
          var changed = bytes
          changed.replaceSubrange(place..<(place + length.count), with: length)
          let largest = Self.parse(changed, target).largest
          #expect(
            largest <= Self.bound(bytes.count, target),
            "\(name), a length at \(place): \(largest) bytes")
        }
      }
    }
  }
}
