import Files
import Foundation
import TestSupport
import Testing

@Suite("Digests")
struct DigestTests {
  @Test(
    "SHA-256 gives the digests of the standard's examples",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ])
  func standard(text: String, digest: String) throws {
    #expect(Digest.sha256(of: text) == digest)
    let scratch = try ScratchFolder()
    #expect(try FileDigest.sha256(of: try scratch.write(text, to: "file")) == digest)
  }

  @Test(
    "Lengths around a block's end",
    arguments: [
      (55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"),
      (56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"),
      (64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"),
      (1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ])
  func lengths(count: Int, digest: String) {
    #expect(Digest.sha256(of: String(repeating: "a", count: count)) == digest)
  }

  @Test("A file of several pieces has the digest of its bytes at once, and git's own name")
  func pieces() throws {
    let scratch = try ScratchFolder()
    let bytes = Data((0..<2_500_001).map { UInt8(truncatingIfNeeded: $0 &* 7) })
    let file = try scratch.write(bytes, to: "file")
    #expect(
      try FileDigest.sha256(of: file) == bytes.withUnsafeBytes { Digest.sha256(of: $0) })
    // `printf 'hello\n' | git hash-object --stdin`
    let hello = try scratch.write("hello\n", to: "hello")
    #expect(try FileDigest.gitBlob(of: hello) == "ce013625030ba8dba906f756967f9e9ca394464a")
  }

  @Test("What cannot be read, and who wants to stop, is told")
  func failures() throws {
    let scratch = try ScratchFolder()
    #expect(throws: FileDigestError.unreadable("no such file or directory")) {
      try FileDigest.sha256(of: scratch("none"))
    }
    #expect(throws: FileDigestError.unreadable("it is a folder")) {
      try FileDigest.sha256(of: scratch.url)
    }
    let file = try scratch.write(Data(count: 3 << 20), to: "file")
    #expect(throws: FileDigestError.cancelled) {
      try FileDigest.sha256(of: file) { $0 < 2 << 20 }
    }
  }
}

@Suite("Remembered digests")
struct DigestCacheTests {
  let scratch: ScratchFolder
  let cache: DigestCache

  init() throws {
    scratch = try ScratchFolder()
    cache = DigestCache(folder: scratch("digests"))
  }

  @Test("A digest is computed once and holds until the file changes in any way")
  func remembered() throws {
    let file = try scratch.write(Data(count: 1 << 20), to: "weights")
    #expect(cache.remembered(of: file) == nil)
    let digest = try cache.sha256(of: file)
    #expect(digest == (try FileDigest.sha256(of: file)))
    #expect(cache.remembered(of: file) == digest)
    var looked = false
    _ = try cache.sha256(of: file) { _ in
      looked = true
      return true
    }
    #expect(!looked, "it was read again")

    // One byte changed in place, size and time of change put back: the inode's own time tells.
    var before = stat()
    #expect(stat(file.path, &before) == 0)
    let handle = try FileHandle(forWritingTo: file)
    try handle.write(contentsOf: Data([1]))
    try handle.close()
    #expect(utimensat(AT_FDCWD, file.path, [before.st_atim, before.st_mtim], 0) == 0)
    #expect(cache.remembered(of: file) == nil)
    #expect(try cache.sha256(of: file) == (try FileDigest.sha256(of: file)))
    #expect(try cache.sha256(of: file) != digest)
  }

  @Test("Another file under the same path, a damaged entry and small files are hashed anew")
  func forgotten() throws {
    let file = try scratch.write(Data(count: 1 << 20), to: "weights")
    let digest = try cache.sha256(of: file)
    let other = try scratch.write(Data(repeating: 3, count: 1 << 20), to: "other")
    try FileManager.default.removeItem(at: file)
    try FileManager.default.moveItem(at: other, to: file)
    #expect(cache.remembered(of: file) == nil)
    #expect(try cache.sha256(of: file) != digest)

    for name in try FileManager.default.contentsOfDirectory(atPath: scratch("digests").path) {
      try scratch.write("nonsense", to: "digests/\(name)")
    }
    #expect(cache.remembered(of: file) == nil)

    let small = try scratch.write("small", to: "small")
    _ = try cache.sha256(of: small)
    #expect(cache.remembered(of: small) == nil)
  }

  @Test("A cache that cannot be written only costs time")
  func unwritable() throws {
    try scratch.write("a file", to: "digests")
    let file = try scratch.write(Data(count: 1 << 20), to: "weights")
    #expect(try cache.sha256(of: file) == (try FileDigest.sha256(of: file)))
  }
}
