public import Images

extension DataFinding {
  /// The finding for a picture that could not be read; `path` is relative to the data set's root.
  public init(_ error: ImageError, path: String) {
    let code: Code =
      switch error {
      case .unreadable: .unreadable
      case .notAnImage: .notAnImage
      case .unsupportedFormat, .unsupportedKind: .unsupportedFormat
      case .empty, .tooManyPixels, .tooManyBytes, .tooCostly, .truncated, .corrupt, .outOfMemory:
        .corrupt
      }
    self.init(code: code, severity: .warning, message: error.description, paths: [path])
  }
}
