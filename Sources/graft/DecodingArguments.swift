public import ArgumentParser
import Datasets
import FineTuning
import Foundation
public import Images

/// How pictures are decoded, for every command that decodes those of a data set.
struct DecodingArguments: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The most pixels of a picture; larger ones are findings "
        + "(default: \(ImageLimits().maximumPixels)).", valueName: "count"))
  var maxPixels: Int?

  @Option(
    help: ArgumentHelp(
      "The most scans of a progressive JPEG (default: \(ImageLimits().maximumScans)).",
      valueName: "count"))
  var maxScans: Int?

  @Option(
    help: ArgumentHelp(
      "The most bytes of a picture's file (default: \(ImageLimits().maximumFileSize)).",
      valueName: "bytes"))
  var maxFileSize: Int?

  @Option(
    help: ArgumentHelp(
      "What shows through transparent pixels: levels of 0…255, #rrggbb, white or black "
        + "(default: white).", valueName: "r,g,b"))
  var background: Colour?

  @Flag(
    help: ArgumentHelp(
      "Keep decoded and scaled pictures for later epochs and commands (under the user's cache "
        + "folder, at most 8 GiB). Results don't depend on it."))
  var cacheImages = false

  func validate() throws {
    if [maxPixels, maxScans, maxFileSize].contains(where: { $0.map { $0 < 1 } ?? false }) {
      throw ValidationError("--max-pixels, --max-scans and --max-file-size must be at least 1.")
    }
  }

  /// Whether nothing is said that changes a picture.
  var isEmpty: Bool {
    maxPixels == nil && maxScans == nil && maxFileSize == nil && background == nil
  }

  /// Opens a data set that decodes its pictures as is said.
  func open(_ path: String) throws -> Dataset {
    var dataset = try Dataset.open(URL(fileURLWithPath: path))
    apply(to: &dataset)
    return dataset
  }

  /// Has a data set decode its pictures as is said.
  func apply(to dataset: inout Dataset) {
    dataset.decoding = applied(to: dataset.decoding)
    if cacheImages { dataset.store = .user() }
  }

  /// Tells how the kept pictures of a data set have served, where any are kept.
  func report(_ dataset: Dataset, to console: Console) {
    guard let counts = dataset.store?.counts else { return }
    console.show(
      .note("\(counts.found) images came from the cache, \(counts.added) were added to it"))
  }

  /// Options with what is said in their place.
  func applied(to options: DecodingOptions) -> DecodingOptions {
    var result = options
    result.limits.maximumPixels = maxPixels ?? result.limits.maximumPixels
    result.limits.maximumScans = maxScans ?? result.limits.maximumScans
    result.limits.maximumFileSize = maxFileSize ?? result.limits.maximumFileSize
    result.background = background ?? result.background
    return result
  }
}

extension Colour: ExpressibleByArgument {
  /// Reads `r,g,b`, `#rrggbb`, `white` or `black`; nil for anything else.
  public init?(argument: String) {
    switch argument.lowercased() {
    case "white": self = .white
    case "black": self = .black
    case let text where text.hasPrefix("#"):
      guard text.utf8.count == 7, let value = UInt32(text.dropFirst(), radix: 16) else {
        return nil
      }
      self.init(
        red: UInt8(value >> 16), green: UInt8(value >> 8 & 255), blue: UInt8(value & 255))
    case let text:
      let parts = text.split(separator: ",", omittingEmptySubsequences: false)
      let levels = parts.compactMap { UInt8($0.trimmingCharacters(in: .whitespaces)) }
      guard parts.count == 3, levels.count == 3 else { return nil }
      self.init(red: levels[0], green: levels[1], blue: levels[2])
    }
  }
}
