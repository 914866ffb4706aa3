import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite("Files of features")
struct FeatureFileTests {
  static let features = Tensor(shape: [4, 3], values: (0..<12).map { Float($0) / 4 })

  static func values(_ rows: StoredRows) -> [Float] {
    var tensor = Tensor(shape: [rows.count, rows.width])
    tensor.withUnsafeMutableBufferPointer { rows.read(0..<rows.count, into: $0) }
    // In pieces it must be the same.
    for row in 0..<rows.count {
      var piece = Tensor(shape: [1, rows.width])
      piece.withUnsafeMutableBufferPointer { rows.read(row..<(row + 1), into: $0) }
      #expect(piece.values == tensor.row(row).values)
    }
    return tensor.values
  }

  /// An npy file by hand: any type, order and byte order.
  static func npy(_ type: String, shape: String, fortran: Bool = false, _ body: [UInt8]) -> Data {
    var header =
      "{'descr': '\(type)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }"
    while (10 + header.utf8.count + 1) % 64 != 0 { header += " " }
    header += "\n"
    let count = UInt16(header.utf8.count)
    return Data(
      [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, UInt8(count & 255), UInt8(count >> 8)]
        + Array(header.utf8) + body)
  }

  static func bytes<T: FixedWidthInteger>(_ values: [T]) -> [UInt8] {
    values.flatMap { value in withUnsafeBytes(of: value) { Array($0) } }
  }

  /// An array with labels beside it, and an archive.
  static func small() throws -> [(bytes: [UInt8], labels: LabelColumn?)] {
    let scratch = try ScratchFolder()
    let labels = try LabelColumn.read(scratch.write("a\nb\na\nb\n", to: "y.txt"))
    let array = npy("<f4", shape: "(4, 3)", [UInt8](repeating: 0, count: 48))
    try NumPyFile.write(
      [("features", NumPyArray(features)), ("labels", NumPyArray([1, 0, 1, 1]))],
      to: scratch("a.npz"))
    return [(Array(array), labels), (Array(try Data(contentsOf: scratch("a.npz"))), nil)]
  }

  @Test("Numbers of any kind and order come out the same, mapped or not")
  func types() throws {
    let scratch = try ScratchFolder()
    try "a\nb\na\nb\n".write(to: scratch("y.txt"), atomically: true, encoding: .utf8)
    let values = Self.features.values
    let columns = (0..<3).flatMap { column in (0..<4).map { values[3 * $0 + column] } }
    let halves = values.map { value -> UInt16 in
      // 0…2.75 in quarters are exact: sign 0, exponent and fraction by hand.
      guard value > 0 else { return 0 }
      let exponent = Int(value.exponent)
      return UInt16((exponent + 15) << 10) | UInt16((value.significand - 1) * 1024)
    }
    let files: [(String, Bool, [UInt8])] = [
      ("<f4", false, Self.bytes(values.map { $0.bitPattern.littleEndian })),
      ("<f8", false, Self.bytes(values.map { Double($0).bitPattern.littleEndian })),
      ("<f2", false, Self.bytes(halves.map(\.littleEndian))),
      (">f4", false, Self.bytes(values.map { $0.bitPattern.bigEndian })),
      ("<f4", true, Self.bytes(columns.map { $0.bitPattern.littleEndian })),
    ]
    for (type, fortran, body) in files {
      try Self.npy(type, shape: "(4, 3)", fortran: fortran, body).write(to: scratch("x.npy"))
      let file = try FeatureFile.open(scratch("x.npy"), labels: scratch("y.txt"))
      #expect(Self.values(file.features) == values, "\(type) \(fortran)")
      #expect(file.labels.indices == [0, 1, 0, 1] && file.labels.names == ["a", "b"])
      #expect(file.model == nil && file.sourceProbabilities == nil)
    }
  }

  @Test("Archives and safetensors: labels, names, probabilities and the model's name")
  func containers() throws {
    let scratch = try ScratchFolder()
    let theta = Tensor(shape: [4, 2], values: [1, 0, 0, 1, 0.5, 0.5, 0.25, 0.75])
    try NumPyFile.write(
      [
        ("features", NumPyArray(Self.features)), ("labels", NumPyArray([1, 0, 1, 1])),
        ("class_names", NumPyArray(["cat", "dog"])), ("model", NumPyArray(["net"])),
        ("source_probabilities", NumPyArray(theta)),
      ], to: scratch("a.npz"))
    let archive = try FeatureFile.open(scratch("a.npz"))
    #expect(Self.values(archive.features) == Self.features.values)
    #expect(archive.labels.indices == [1, 0, 1, 1] && archive.labels.names == ["cat", "dog"])
    #expect(archive.model == "net" && archive.labels.isNamed)
    #expect(Self.values(try #require(archive.sourceProbabilities)) == theta.values)

    let header =
      #"{"__metadata__":{"model":"st"},"features":{"dtype":"F32","shape":[4,3],"data_offsets":[0,48]},"#
      + #""labels":{"dtype":"I64","shape":[4],"data_offsets":[48,80]}}"#
    let labels: [Int64] = [700, -3, 700, 16_777_217]
    let data =
      Data(Self.bytes([UInt64(header.utf8.count).littleEndian])) + Data(header.utf8)
      + Data(Self.bytes(Self.features.values.map { $0.bitPattern.littleEndian }))
      + Data(Self.bytes(labels.map(\.littleEndian)))
    try data.write(to: scratch("b.safetensors"))
    let tensors = try FeatureFile.open(scratch("b.safetensors"))
    #expect(Self.values(tensors.features) == Self.features.values)
    #expect(tensors.labels.names == ["-3", "700", "16777217"])
    #expect(tensors.labels.indices == [1, 0, 1, 2] && tensors.model == "st")
  }

  @Test("Labels as text, table and array")
  func labels() throws {
    let scratch = try ScratchFolder()
    let files: [(String, String, [Int], [String])] = [
      ("y.txt", "7\n3\n\n7\n", [1, 0, 1], ["3", "7"]),
      (
        "y.csv", "path,Label\na.png,dog\nb.png,\"cat, big\"\nc.png,dog\n", [1, 0, 1],
        ["cat, big", "dog"]
      ),
      ("y.tsv", "class\tid\r\n10\t1\r\n9\t2\r\n10\t3\r\n", [1, 0, 1], ["9", "10"]),
      ("one.csv", "label\nx\ny\nx\n", [0, 1, 0], ["x", "y"]),
      ("bom.csv", "\u{FEFF}label;n\nx;1\ny;2\nx;3\n", [0, 1, 0], ["x", "y"]),
    ]
    for (name, text, indices, names) in files {
      let column = try LabelColumn.read(try scratch.write(text, to: name))
      #expect(column.indices == indices && column.names == names, "\(name) \(column)")
    }
    try NumPyFile.write(NumPyArray(["b", "a"]), to: scratch("y.npy"))
    #expect(try LabelColumn.read(scratch("y.npy")).indices == [1, 0])
  }

  @Test("What is wrong is said in one sentence with the file and the array or line")
  func errors() throws {
    let scratch = try ScratchFolder()
    let four = NumPyArray([0, 1, 0, 1])
    let features = NumPyArray(Self.features)
    func archive(_ arrays: [(name: String, array: NumPyArray)]) throws -> URL {
      try NumPyFile.write(arrays, to: scratch("f.npz"))
      return scratch("f.npz")
    }
    func expect(_ naming: [String], _ open: () throws -> Void) {
      let error = #expect(throws: CheckpointError.self) { try open() }
      for part in naming {
        #expect(error?.description.contains(part) == true, "\(error?.description ?? "")")
      }
    }
    expect(["f.npz", "'features'", "labels"]) {
      _ = try FeatureFile.open(archive([("labels", four)]))
    }
    expect(["f.npz", "'labels'", "--labels"]) {
      _ = try FeatureFile.open(archive([("features", features)]))
    }
    expect(["f.npz", "2 labels", "4 rows"]) {
      _ = try FeatureFile.open(archive([("features", features), ("labels", NumPyArray([0, 1]))]))
    }
    expect(["f.npz", "features", "shape"]) {
      _ = try FeatureFile.open(archive([("features", four), ("labels", four)]))
    }
    expect(["f.npz", "labels", "integers or text"]) {
      _ = try FeatureFile.open(
        archive([
          ("features", features), ("labels", NumPyArray(shape: [4], .float32([0, 1, 0.5, 1]))),
        ]))
    }
    expect(["f.npz", "source_probabilities", "2 rows"]) {
      _ = try FeatureFile.open(
        archive([
          ("features", features), ("labels", four),
          ("source_probabilities", NumPyArray(Tensor(shape: [2, 2]))),
        ]))
    }
    expect(["f.npz", "[0, 3]", "empty"]) {
      _ = try FeatureFile.open(
        archive([
          ("features", NumPyArray(Tensor(shape: [0, 3]))), ("labels", NumPyArray([Int]())),
        ]))
    }
    // A photograph that says it is an array.
    let picture = scratch("x.npy")
    try Data([0xFF, 0xD8, 0xFF, 0xE0] + [UInt8](repeating: 7, count: 40)).write(to: picture)
    expect(["x.npy", "no file of features"]) { _ = try FeatureFile.open(picture) }
    expect(["absent.npz"]) { _ = try FeatureFile.open(scratch("absent.npz")) }
    try Data().write(to: picture)
    expect(["x.npy", "empty"]) { _ = try FeatureFile.open(picture) }
    // Cut in the middle of its numbers.
    let whole = Self.npy("<f4", shape: "(4, 3)", [UInt8](repeating: 0, count: 48))
    try whole.dropLast(5).write(to: picture)
    let y = try scratch.write("1\n2\n1\n2\n", to: "y.txt")
    expect(["x.npy", "cut short"]) { _ = try FeatureFile.open(picture, labels: y) }
    try Self.npy("<U3", shape: "(4, 3)", [UInt8](repeating: 0, count: 144)).write(to: picture)
    expect(["x.npy", "table of numbers"]) { _ = try FeatureFile.open(picture, labels: y) }
    try whole.write(to: picture)
    for (text, part) in [
      ("a,b\n1,2\n", "no column 'label'"), ("label,b\n1,2\n,3\n", "line 3"),
      ("label,b\n\"1,2\n", "line 2"), ("", "empty"),
    ] {
      let labels = try scratch.write(text, to: "l.csv")
      expect(["l.csv", part]) { _ = try FeatureFile.open(picture, labels: labels) }
    }
    let short = try scratch.write("a\nb\n", to: "short.txt")
    expect(["x.npy", "2 labels in the file of labels", "4 rows"]) {
      _ = try FeatureFile.open(picture, labels: short)
    }
  }
}
