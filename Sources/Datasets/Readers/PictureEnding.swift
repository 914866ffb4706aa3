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

  /// What follows the last dot of the last component, in lower case; empty where there is no dot.
  ///
  /// Not Foundation's `pathExtension`, which traps on text such as `////x//`.
  static func ending(_ name: String) -> String {
    let last = name.utf8[(name.utf8.lastIndex(of: 0x2F) ?? name.startIndex)...]
    guard let dot = last.lastIndex(of: 0x2E) else { return "" }
    return name[name.utf8.index(after: dot)...].lowercased()
  }
}
