import ArgumentParser
import Images

/// How much a picture may ask for, for every command that decodes pictures.
struct ImageLimitOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The most pixels of a picture; larger ones are findings.", valueName: "count"))
  var maxPixels = ImageLimits().maximumPixels

  @Option(
    help: ArgumentHelp("The most scans of a progressive JPEG.", valueName: "count"))
  var maxScans = ImageLimits().maximumScans

  @Option(help: ArgumentHelp("The most bytes of a picture's file.", valueName: "bytes"))
  var maxFileSize = ImageLimits().maximumFileSize

  /// The limits as asked.
  var limits: ImageLimits {
    ImageLimits(
      maximumPixels: maxPixels, maximumScans: maxScans, maximumFileSize: maxFileSize)
  }

  func validate() throws {
    if maxPixels < 1 || maxScans < 1 || maxFileSize < 1 {
      throw ValidationError("--max-pixels, --max-scans and --max-file-size must be at least 1.")
    }
  }
}
