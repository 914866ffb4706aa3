import Datasets
import Foundation
import Images
import TestSupport
import Testing

struct NumPyPictureTests {
  private func open(
    _ folder: TemporaryFolder, _ arrays: [(name: String, bytes: [UInt8])], deflated: Bool = false
  ) throws -> Dataset {
    try folder.write(
      Packing.zip(arrays.map { ($0.name + ".npy", $0.bytes) }, deflated: deflated), to: "x.npz")
    return try Dataset.open(folder.url.appendingPathComponent("x.npz"))
  }

  private func sentence(_ arrays: [(name: String, bytes: [UInt8])]) throws -> String {
    let folder = try TemporaryFolder()
    let error = #expect(throws: DatasetError.self) { try open(folder, arrays) }
    #expect(error?.description.contains("x.npz") == true)
    return error?.description ?? ""
  }

  private func floats(_ values: [Float]) -> [UInt8] {
    values.flatMap { Packing.little(Int($0.bitPattern), 4) }
  }

  private let twoLabels = Packing.npy("|u1", [2], [1, 0])

  /// Two pictures of 2 rows and 3 columns.
  private let grey = Packing.npy("|u1", [2, 2, 3], Array(0..<12))

  @Test(arguments: [false, true])
  func readsMedMNISTsNames(_ deflated: Bool) throws {
    let folder = try TemporaryFolder()
    let dataset = try open(
      folder,
      [
        ("train_images", grey), ("val_images", Packing.npy("|u1", [1, 2, 3], Array(20..<26))),
        ("test_images", Packing.npy("|u1", [1, 2, 3], Array(30..<36))),
        ("train_labels", Packing.npy("|u1", [2, 1], [1, 0])),
        ("val_labels", Packing.npy("|u1", [1, 1], [1])),
        ("test_labels", Packing.npy("<i8", [1, 1], Packing.little(0, 8))),
      ], deflated: deflated)
    #expect(dataset.classNames == ["0", "1"])
    #expect(dataset.samples.map(\.split) == [.train, .train, .validation, .test])
    #expect(dataset.samples.map(\.label) == [1, 0, 1, 0])
    #expect(dataset.samples[1].id == "train_images/00001")
    let image = try dataset.loadImage(dataset.samples[1])
    #expect(image.width == 3 && image.height == 2 && image.isGrey)
    #expect(image.pixels[0] == 6 && image.pixels[15] == 11)
    #expect(try dataset.loadImage(dataset.samples[2]).pixels[0] == 20)
    #expect(try dataset.loadImage(dataset.samples[3]).pixels[0] == 30)
    #expect(dataset.packedTypeName == "npz" && dataset.name == "x")
  }

  @Test func readsColourInBothOrdersAndTextAsLabels() throws {
    let folder = try TemporaryFolder()
    let names = Packing.npy("|S3", [2], Array("dogcat".utf8))
    let cases: [(shape: [Int], width: Int, second: [UInt8])] = [
      ([2, 2, 1, 3], 1, [6, 7, 8]), ([2, 3, 1, 2], 2, [6, 8, 10]),
    ]
    for (shape, width, second) in cases {
      let dataset = try open(
        folder, [("x_train", Packing.npy("|u1", shape, Array(0..<12))), ("y_train", names)])
      #expect(dataset.classNames == ["cat", "dog"])
      #expect(dataset.samples.map(\.label) == [1, 0])
      let image = try dataset.loadImage(dataset.samples[1])
      #expect(image.width == width && image.height == 2 / width)
      #expect(Array(image.pixels.prefix(3)) == second)
    }
  }

  @Test func realNumbersAreLevels() throws {
    let folder = try TemporaryFolder()
    let unit = Packing.npy("<f4", [2, 1, 3], floats([0, 0.5, 1, 0.001, 0.999, 0.25]))
    var dataset = try open(folder, [("images", unit), ("labels", twoLabels)])
    #expect(dataset.samples.map(\.label) == [1, 0])
    func greys(_ index: Int) throws -> [UInt8] {
      let pixels = try dataset.loadImage(dataset.samples[index]).pixels
      return stride(from: 0, to: 9, by: 3).map { pixels[$0] }
    }
    // 127.5 rounds away from zero.
    #expect(try greys(0) == [0, 128, 255])
    #expect(try greys(1) == [0, 255, 64])
    let wide = Packing.npy("<f4", [2, 1, 3], floats([0, 1.5, 255, 3, .nan, 5]))
    dataset = try open(folder, [("arr_0", wide), ("arr_1", twoLabels)])
    #expect(try greys(0) == [0, 2, 255])
    // One picture that holds no numbers is that picture's fault.
    #expect(throws: (any Error).self) { try dataset.loadImage(dataset.samples[1]) }
    #expect(
      try sentence([
        ("images", Packing.npy("<f4", [2, 1, 1], floats([-1, 1]))), ("labels", twoLabels),
      ]).contains("-1.0 to 1.0"))
  }

  @Test func classNamesAndOneHotRows() throws {
    let folder = try TemporaryFolder()
    let hot = Packing.npy("<f4", [2, 3], floats([0, 0, 1, 1, 0, 0]))
    let names = Packing.npy("|S1", [3], Array("zya".utf8))
    let dataset = try open(folder, [("images", grey), ("labels", hot), ("class_names", names)])
    #expect(dataset.classNames == ["z", "a"])
    #expect(dataset.samples.map(\.label) == [1, 0])
    let two = Packing.npy("|u1", [2, 3], [0, 1, 1, 1, 0, 0])
    #expect(
      try sentence([("images", grey), ("labels", two)]).contains("row 0 no class or several"))
  }

  @Test func whatIsNoPictureSaysWhatToDo() throws {
    let table = Packing.npy("<f4", [2, 2], floats([1, 2, 3, 4]))
    #expect(
      try sentence([("features", table), ("labels", twoLabels)]).contains("graft score --features"))
    #expect(try sentence([("foo", twoLabels)]).contains("no pictures with labels (foo [2])"))
    #expect(try sentence([("images", grey)]).contains("save these beside it as 'labels'"))
    #expect(
      try sentence([("images", grey), ("labels", Packing.npy("|u1", [3], [0, 1, 2]))])
        .contains("has the shape [3], but 'images' holds 2"))
    let five = Packing.npy("|u1", [2, 2, 1, 5], Array(0..<20))
    #expect(try sentence([("images", five), ("labels", twoLabels)]).contains("[2, 2, 1, 5]"))
    let long = Packing.npy("<i8", [2, 1, 1], [UInt8](repeating: 0, count: 16))
    #expect(try sentence([("images", long), ("labels", twoLabels)]).contains("'i8'"))
    // A header that announces more than there is.
    var lie = grey
    lie.removeLast()
    #expect(try sentence([("images", lie), ("labels", twoLabels)]).contains("cut short"))
  }

  @Test(arguments: [false, true])
  func everyTruncation(_ deflated: Bool) throws {
    let folder = try TemporaryFolder()
    let bytes = Packing.zip(
      [("images.npy", grey), ("labels.npy", twoLabels)], deflated: deflated)
    let file = folder.url.appendingPathComponent("x.npz")
    try folder.write(bytes, to: "x.npz")
    #expect(try Dataset.open(file).samples.count == 2)
    for length in 0..<bytes.count {
      try folder.write(bytes.prefix(length), to: "x.npz")
      #expect(throws: DatasetError.self, "\(length)") { try Dataset.open(file) }
    }
  }
}
