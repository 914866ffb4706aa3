import Checkpoints
import Foundation
import Networks
import Tensors
import Testing

@Suite struct TorchCheckpointTests {
  @Test(arguments: [
    "nested.pt", "nested_legacy.pth", "bare.pt", "bare_protocol4.pt", "bare_legacy.th",
    "arrays_protocol2.pkl", "arrays_protocol3.pkl", "arrays_protocol5.pkl", "expanded.pt",
    "bare_deflated.pt",
  ])
  func readsWhatPyTorchAndNumPyWrote(_ name: String) throws {
    let expected = try #require(try Fixtures.expected().files[name])
    Fixtures.check(try TorchCheckpoint.read(Fixtures.url(name)), against: expected)
  }

  @Test(arguments: ["nested.pt", "nested_legacy.pth"])
  func keepsWhatLiesBesideTheStateDict(_ name: String) throws {
    let file = try WeightFile.read(Fixtures.url(name))
    #expect(file.container == "state_dict")
    #expect(file.metadata["epoch"] == "3")
    #expect(file.metadata["best"] == "91.5")
    #expect(file.metadata["device"] == "cpu")
    #expect(file.format == (name.hasSuffix("pt") ? .torchZip : .torchLegacy))
    #expect(file.tensors["bfloat16"]?.type == .bfloat16)
    #expect(file.tensors["int64"]?.type == .int64)
  }

  @Test(arguments: [
    "calls.pt", "calls_legacy.pth", "calls_protocol0.pkl", "calls_protocol2.pkl",
    "calls_protocol4.pkl", "calls_bare_protocol0.pkl", "calls_dict_protocol0.pkl",
  ])
  func refusesToCallAFunction(_ name: String) throws {
    let sentence = try #require(
      Fixtures.sentence { () throws(CheckpointError) in
        try TorchCheckpoint.read(Fixtures.url(name))
      })
    #expect(sentence.contains(name))
    #expect(sentence.contains("posix.system"))
    #expect(sentence.contains("state_dict()"))
    #expect(!FileManager.default.fileExists(atPath: "graft-was-called"))
  }

  /// Of several networks in one file the one that the file's author evaluates.
  @Test func theTeacherIsTaken() throws {
    #expect(try WeightFile.read(Fixtures.url("expanded.pt")).container == "teacher")
  }

  @Test func refusesAWholeModuleByName() throws {
    let sentence = Fixtures.sentence { () throws(CheckpointError) in
      try TorchCheckpoint.read(Fixtures.url("whole_module.pt"))
    }
    #expect(sentence?.contains("torch.nn.modules.container.Sequential") == true)
  }

  /// Opcodes that no `torch.save` writes, but that an attacker might.
  @Test(arguments: [
    ("cos\nsystem\n(S'x'\ntR.", "os.system"),
    ("(S'x'\nios\nsystem\n.", "os.system"),
    ("\u{80}\u{04}\u{8C}\u{02}os\u{8C}\u{06}system\u{93}.", "os.system"),
    ("\u{80}\u{02}\u{82}\u{05}.", "extension registry"),
    ("\u{80}\u{02}c__builtin__\neval\n.", "__builtin__.eval"),
    ("\u{80}\u{02}cnumpy\nload\n.", "numpy.load"),
    ("\u{80}\u{02}ctorch\nload\n.", "torch.load"),
    ("\u{80}\u{02}ctorch\nEvilStorage\n.", "torch.EvilStorage"),
    ("\u{80}\u{02}ctorch\nfloat8_e4m3fn\n.", "element type torch.float8_e4m3fn"),
    ("\u{80}\u{02}ccollections\nOrderedDict\n)\u{81}.", "instances of Python classes"),
  ])
  func refusesEveryWayToACall(_ pickle: String, _ word: String) throws {
    let bytes = pickle.unicodeScalars.map { UInt8($0.value) }
    let problem = #expect(throws: CheckpointError.Problem.self) {
      var failure: CheckpointError.Problem?
      bytes.withUnsafeBytes { raw in
        var machine = PickleMachine(raw)
        do throws(CheckpointError.Problem) { _ = try machine.run() } catch { failure = error }
      }
      if let failure { throw failure }
    }
    #expect("\(try #require(problem))".contains(word))
  }

  /// A pickle's numbers have signs, and what lies below a mark is out of reach.
  @Test func thePickleMachineCountsAsPythonDoes() throws {
    func value(_ pickle: [UInt8]) throws -> PickleValue {
      try pickle.withUnsafeBytes { raw in
        var machine = PickleMachine(raw)
        return try machine.run()
      }
    }
    guard case .integer(-2) = try value([0x80, 2, 0x8A, 1, 0xFE, 0x2E]),
      case .integer(254) = try value([0x80, 2, 0x8A, 2, 0xFE, 0, 0x2E])
    else {
      Issue.record("LONG1 is read wrongly")
      return
    }
    // None, a mark, None, a pair of the two, and what would hide that it was made.
    #expect(throws: CheckpointError.Problem.malformed("its pickle takes from an empty stack")) {
      try value([0x80, 2, 0x4E, 0x28, 0x4E, 0x86, 0x4E, 0x4E, 0x2E])
    }
  }

  @Test func refusesWhatFollowsAPickle() throws {
    let bytes = try Fixtures.bytes("arrays_protocol2.pkl")
    let problem = Fixtures.problem(bytes + [0]) { file throws(CheckpointError.Problem) in
      try WeightFile.parse(file).tensors.read()
    }
    #expect("\(try #require(problem))".contains("1 bytes follow the end"))
  }

  @Test func refusesTheOtherByteOrder() throws {
    var bytes = try Fixtures.bytes("bare_legacy.th")
    let key = Array("little_endian".utf8)
    let start = try #require(
      bytes.indices.dropLast(key.count).first { Array(bytes[$0..<($0 + key.count)]) == key })
    // Python's True and False.
    let place = try #require(bytes[start...].firstIndex(of: 0x88))
    bytes[place] = 0x89
    let problem = Fixtures.problem(bytes) { file throws(CheckpointError.Problem) in
      try WeightFile.parse(file).tensors.read()
    }
    #expect("\(try #require(problem))".contains("big-endian"))
  }

  /// A storage of which the pickle says more, or only a part.
  @Test func aStorageIsWhatThePickleSaysOfIt() throws {
    let bytes = try Fixtures.bytes("bare_legacy.th")
    let weight = try #require(
      TorchCheckpoint.read(Fixtures.url("bare_legacy.th"))["module.0.weight"]
    ).values
    // After the device: its name in the memo, then the number of elements and no view of them.
    let device = Array("cpuq".utf8)
    let start = try #require(
      bytes.indices.dropLast(16).first { Array(bytes[$0..<($0 + 4)]) == device })
    let number = start + 6
    try #require(Array(bytes[(number - 1)...(number + 2)]) == [0x4B, 6, 0x4E, 0x74])
    func read(_ bytes: [UInt8]) throws -> [Float]? {
      let mapping = bytes.withUnsafeBytes { FileMapping(copying: $0) }
      return try WeightFile.parse(mapping).tensors.read()["module.0.weight"]?.values
    }
    var longer = bytes
    longer[number] = 7
    let problem = #expect(throws: CheckpointError.Problem.self) { try read(longer) }
    #expect("\(problem as Any)".contains("holds 24 bytes, not 28"))

    // A view of five elements from the second on, of which the tensor has a row of three.
    var view = bytes
    let rows = try #require(view[number...].firstIndex(of: 0x51)) + 4
    try #require(view[(rows - 1)...(rows + 1)] == [0x4B, 2, 0x4B])
    view[rows] = 1
    view.replaceSubrange(
      (number + 1)..<(number + 2), with: [0x55, 1, 0x76, 0x4B, 1, 0x4B, 5, 0x87])
    #expect(try read(view) == Array(weight[1..<4]))
  }

  /// Elements that overlap would let a short file fill the memory.
  @Test func refusesElementsThatShareTheirPlaces() throws {
    let sentence = Fixtures.sentence { () throws(CheckpointError) in
      try TorchCheckpoint.read(Fixtures.url("overlapping.pt"))
    }
    #expect(sentence?.contains("needs 16 elements and its storage holds 7") == true)
  }

  /// A pickle that nests a million tuples, or a list within itself, is read without recursion.
  @Test func survivesDeepAndCyclicPickles() throws {
    let deep = [UInt8(ascii: ")")] + [UInt8](repeating: 0x85, count: 1_000_000) + [0x2E]
    let cyclic = [UInt8]("]q\u{00}h\u{00}a.".utf8)
    for bytes in [deep, cyclic] {
      let problem = Fixtures.problem(bytes) { file throws(CheckpointError.Problem) in
        try WeightFile.parse(file).tensors.read()
      }
      #expect(problem != nil)
    }
  }

  /// Copies of copies would make a short pickle fill the memory.
  @Test func refusesToCopyOverAndOver() throws {
    // A list of 1,000 in memo 1, then 10,000 × set(list).
    var bytes: [UInt8] = [0x80, 0x02, 0x5D, 0x71, 0x01, 0x28]
    bytes += [UInt8](repeating: 0x4E, count: 1000) + [0x65]
    bytes += Array("c__builtin__\nset\nq\u{02}".utf8)
    for _ in 0..<10_000 {
      bytes += Array("h\u{02}h\u{01}\u{85}R".unicodeScalars.map { UInt8($0.value) })
    }
    bytes.append(0x2E)
    let problem = Fixtures.problem(bytes) { file throws(CheckpointError.Problem) in
      try WeightFile.parse(file).tensors.read()
    }
    #expect("\(try #require(problem))".contains("over and over"))
  }
}
