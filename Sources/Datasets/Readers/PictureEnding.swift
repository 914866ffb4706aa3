internal import Foundation

/// What the endings of names say about pictures.
enum PictureEnding {
  private static let read: Set<String> = ["jpg", "jpeg", "jpe", "jfif", "png"]
  private static let known: Set<String> = [
    "webp", "gif", "bmp", "tif", "tiff", "heic", "heif", "avif", "jxl", "jp2", "psd", "ico", "ppm",
    "pgm",
  ]

  /// Whether the ending is one of JPEG's or PNG's, in any case.
  static func isRead(_ name: String) -> Bool { read.contains(ending(name)) }

  /// Whether the ending is that of a picture in any format.
  static func isPicture(_ name: String) -> Bool {
    isRead(name) || known.contains(ending(name))
  }

  private static func ending(_ name: String) -> String {
    (name as NSString).pathExtension.lowercased()
  }
}
