internal import Archives
internal import Foundation
internal import Images

/// Pictures of plain numbers, one after the other, as IDX, CIFAR and NumPy files hold them.
struct RawPictures: PackedPictures {
  /// How the numbers of one picture are laid out, in C order.
  enum Layout: Sendable {
    /// [height, width]
    case grey
    /// [width, height]: EMNIST's, with rows and columns exchanged.
    case greyTransposed
    /// [height, width, 3]
    case interleaved
    /// [3, height, width]
    case planar

    var channels: Int {
      switch self {
      case .grey, .greyTransposed: 1
      case .interleaved, .planar: 3
      }
    }
  }

  /// What a number is.
  enum Element: Sendable {
    /// A level, 0…255.
    case byte
    /// A real number whose product with the scale is a level, little-endian.
    case real(ScalarType, scale: Float)

    var byteCount: Int {
      switch self {
      case .byte: 1
      case .real(let type, _): type.byteCount
      }
    }
  }

  /// Pictures of one size in one run of bytes.
  struct Block: Sendable {
    /// Where they lie.
    var bytes: SharedBytes
    /// Bytes before the first picture.
    var start = 0
    /// Bytes from one picture to the next; at least those of a picture.
    var stride: Int
    /// Pictures.
    var count: Int
    var width: Int
    var height: Int
    var layout = Layout.grey
    var element = Element.byte

    /// Bytes of one picture.
    var pictureByteCount: Int { width * height * layout.channels * element.byteCount }
  }

  let files: [URL]
  let typeName: String
  private var blocks: [Block] = []
  /// The record that each block begins with.
  private var firsts: [Int] = []
  /// Pictures in all blocks.
  private(set) var count = 0

  /// No pictures yet, from these files.
  init(files: [URL], typeName: String) {
    self.files = files
    self.typeName = typeName
  }

  /// Adds a block, whose pictures are numbered from the present `count` on.
  mutating func append(_ block: Block) {
    precondition(
      block.count == 0
        || block.start + (block.count - 1) * block.stride + block.pictureByteCount
          <= block.bytes.count,
      "RawPictures: a block reaches past its bytes")
    blocks.append(block)
    firsts.append(count)
    count += block.count
  }

  func picture(
    _ record: Int, name: String, limits: ImageLimits
  ) throws(ImageError) -> StoredPicture {
    precondition(record >= 0 && record < count, "RawPictures: record \(record) of \(count)")
    let number = (firsts.lastIndex { $0 <= record }) ?? 0
    let block = blocks[number]
    guard block.width * block.height <= limits.maximumPixels else {
      throw .tooManyPixels(
        file: name, width: block.width, height: block.height, limit: limits.maximumPixels)
    }
    let start = block.start + (record - firsts[number]) * block.stride
    let levels = try block.bytes.withBytes { (bytes) throws(ImageError) in
      try Self.levels(
        UnsafeRawBufferPointer(rebasing: bytes[start..<start + block.pictureByteCount]),
        block.element, name: name)
    }
    return .plain(Self.image(levels, block))
  }

  /// The numbers of a picture as levels, in the order in which they lie.
  private static func levels(
    _ bytes: UnsafeRawBufferPointer, _ element: Element, name: String
  ) throws(ImageError) -> [UInt8] {
    switch element {
    case .byte: return [UInt8](bytes)
    case .real(let type, let scale):
      let count = bytes.count / type.byteCount
      let values = [Float](unsafeUninitializedCapacity: count) { target, filled in
        type.convert(bytes, into: UnsafeMutableBufferPointer(rebasing: target[..<count]))
        filled = count
      }
      guard values.allSatisfy(\.isFinite) else {
        throw .corrupt(file: name, detail: "it holds values that are not numbers")
      }
      return values.map { UInt8(min(max(($0 * scale).rounded(), 0), 255)) }
    }
  }

  private static func image(_ levels: [UInt8], _ block: Block) -> Image {
    let (width, height) = (block.width, block.height)
    let size = width * height
    switch block.layout {
    case .grey: return Image(width: width, height: height, grey: levels)
    case .greyTransposed:
      let upright = (0..<size).map { levels[$0 % width * height + $0 / width] }
      return Image(width: width, height: height, grey: upright)
    case .interleaved: return Image(width: width, height: height, pixels: levels)
    case .planar:
      let pixels = [UInt8](unsafeUninitializedCapacity: 3 * size) { target, filled in
        for i in 0..<size {
          for channel in 0..<3 { target[3 * i + channel] = levels[channel * size + i] }
        }
        filled = 3 * size
      }
      return Image(width: width, height: height, pixels: pixels)
    }
  }
}
