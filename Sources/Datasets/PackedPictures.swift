internal import Foundation
internal import Images

/// Pictures that lie inside larger files and are read from there one by one.
protocol PackedPictures: Sendable {
  /// The files; when one of them changes, so may the pictures.
  var files: [URL] { get }
  /// What a profile calls the type of pictures that have no header of their own, such as "idx".
  var typeName: String { get }

  /// Reads one picture; may be called from any thread.
  ///
  /// - Parameters:
  ///   - record: its number, as in `Sample.record`.
  ///   - name: what errors call it.
  func picture(
    _ record: Int, name: String, limits: ImageLimits
  ) throws(ImageError) -> StoredPicture

  /// The first bytes of something packed that is no picture Graft reads, for telling what it is; nil
  /// where there is nothing of that name.
  func start(ofOther path: String, count: Int) -> [UInt8]?
}

extension PackedPictures {
  func start(ofOther path: String, count: Int) -> [UInt8]? { nil }
}

/// A picture as it lies somewhere.
enum StoredPicture: Sendable {
  /// The bytes of a JPEG or PNG file, or what should be one.
  case encoded([UInt8])
  /// Pixels that need no decoding.
  case plain(Image)
}

/// Numbers of packed pictures as ids have them.
enum PackedNumber {
  /// At least five digits, so that ids sort as the pictures lie.
  static func text(_ number: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
  }
}
