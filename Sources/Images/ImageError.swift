public import Foundation

/// Why a picture could not be read; its description is one sentence for the person whose file it is.
public enum ImageError: Error, Sendable, Hashable {
  /// The file could not be opened or read.
  case unreadable(file: String, reason: String)
  /// The file holds no bytes.
  case empty(file: String)
  /// The bytes begin like no picture format.
  case notAnImage(file: String)
  /// A known format that Graft does not read.
  case unsupportedFormat(file: String, format: ImageFormat)
  /// The header announces more pixels than `limit`.
  case tooManyPixels(file: String, width: Int, height: Int, limit: Int)
  /// The file is longer than `limit` bytes.
  case tooManyBytes(file: String, bytes: Int, limit: Int)
  /// Decoding would take more work than is allowed.
  case tooCostly(file: String, detail: String)
  /// A sound file of a kind of its format that Graft does not read, such as 12-bit JPEG.
  case unsupportedKind(file: String, format: ImageFormat, detail: String)
  /// The data ends before the picture does.
  case truncated(file: String, detail: String)
  /// The data contradicts its format.
  case corrupt(file: String, detail: String)
  /// There is not enough memory for the pixels.
  case outOfMemory(file: String)

  /// The file that the error is about.
  public var file: String {
    switch self {
    case .unreadable(let file, _), .empty(let file), .notAnImage(let file),
      .unsupportedFormat(let file, _), .tooManyPixels(let file, _, _, _), .truncated(let file, _),
      .corrupt(let file, _), .outOfMemory(let file), .tooManyBytes(let file, _, _),
      .tooCostly(let file, _), .unsupportedKind(let file, _, _):
      file
    }
  }
}

extension ImageError: CustomStringConvertible, LocalizedError {
  /// The sentence, as `description`.
  public var errorDescription: String? { description }

  /// One sentence: which file, what is wrong, what to do.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      return "\(file) cannot be read (\(reason)); check that it exists and its permissions."
    case .empty(let file):
      return "\(file) is empty (0 bytes); copy it again or delete it."
    case .notAnImage(let file):
      return "\(file) is not a picture (no JPEG or PNG data in it); delete it or move it away."
    case .unsupportedFormat(let file, let format):
      return
        "\(file) is a \(format.name) file, which Graft does not read; convert it to JPEG or PNG"
        + " (\(format.conversion(of: file)))."
    case .unsupportedKind(let file, let format, let detail):
      return "\(file) is a \(format.name) file of a kind that Graft does not read (\(detail)); "
        + "convert it to plain JPEG or PNG (\(format.conversion(of: file)))."
    case .tooManyPixels(let file, let width, let height, let limit):
      return "\(file) announces \(width) × \(height) pixels, more than the limit of \(limit);"
        + " scale it down, delete it, or raise --max-pixels."
    case .tooManyBytes(let file, let bytes, let limit):
      return
        "\(file) has \(bytes) bytes, more than the limit of \(limit); scale it down, delete it,"
        + " or raise --max-file-size."
    case .tooCostly(let file, let detail):
      return "\(file) asks for more work than allowed (\(detail)); save it anew as baseline JPEG,"
        + " delete it, or raise --max-scans or --max-pixels."
    case .truncated(let file, let detail):
      return "\(file) is cut short (\(detail)); copy it again or delete it."
    case .corrupt(let file, let detail):
      return "\(file) is damaged (\(detail)); copy it again or delete it."
    case .outOfMemory(let file):
      return "\(file) needs more memory than there is; scale it down."
    }
  }
}
