public import ArgumentParser
import Checkpoints
import Foundation
public import Networks

/// What a card would say, for models without one; comes before what a card says.
struct CardOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The architecture; 'graft models list' names them.", valueName: "id"))
  var arch: String?

  @Option(help: ArgumentHelp("Side of the network's square input.", valueName: "pixels"))
  var imageSize: Int?

  @Option(help: ArgumentHelp("Mean of each channel in units of 0…1.", valueName: "r,g,b"))
  var mean: Channels?

  @Option(
    help: ArgumentHelp("Standard deviation of each channel, likewise.", valueName: "r,g,b"))
  var std: Channels?

  @Option(
    help: ArgumentHelp("The part of the resized side that the crop keeps.", valueName: "share"))
  var cropPct: Double?

  @Option(help: ArgumentHelp("How a photograph becomes a square.", valueName: "how"))
  var resize: InputSpecification.Resize?

  @Option(
    help: ArgumentHelp("The filter used when resizing.", valueName: "filter"))
  var interpolation: InputSpecification.Interpolation?

  @Option(
    help: ArgumentHelp(
      "The order of the channels, also in --mean and --std.", valueName: "order"))
  var channelOrder: InputSpecification.ChannelOrder?

  @Option(
    help: ArgumentHelp("The node of an ONNX graph that is the embedding.", valueName: "name"))
  var featureNode: String?

  @Option(
    help: ArgumentHelp(
      "The number of classes, or a file with a name on each line.", valueName: "count|file"))
  var classes: String?

  /// Three numbers, `r,g,b`.
  struct Channels: ExpressibleByArgument {
    var values: [Double]

    init?(argument: String) {
      let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        .map { Double($0.trimmingCharacters(in: .whitespaces)) }
      values = parts.compactMap { $0 }
      guard parts.count == 3, values.count == 3, values.allSatisfy(\.isFinite) else { return nil }
    }
  }

  func validate() throws {
    if let imageSize, !(1...4096).contains(imageSize) {
      throw ValidationError("--image-size must be 1 to 4096.")
    }
    if let cropPct, !(cropPct > 0 && cropPct <= 1) {
      throw ValidationError("--crop-pct must be above 0 and at most 1.")
    }
    for (name, channels) in [("--mean", mean), ("--std", std)] {
      guard let channels, channels.values.contains(where: { $0 > 1 }) else { continue }
      throw ValidationError("\(name) is in units of 0…1; divide values of 0…255 by 255.")
    }
    if let std, !std.values.allSatisfy({ $0 > 0 }) {
      throw ValidationError("--std must be above 0.")
    }
    if let count = classes.flatMap(Int.init), count < 0 {
      throw ValidationError("--classes must be 0 or more.")
    }
  }

  /// What has been said.
  ///
  /// - Throws: `CheckpointError` where the file of class names can't be read.
  func details() throws -> CardDetails {
    var details = CardDetails()
    details.architecture = arch
    details.imageSize = imageSize
    details.mean = mean?.values
    details.standardDeviation = std?.values
    details.cropPercent = cropPct
    details.resize = resize
    details.interpolation = interpolation
    details.channelOrder = channelOrder
    details.featureNode = featureNode
    if let classes {
      if let count = Int(classes) {
        details.classCount = count
      } else {
        let names = try ClassNames.read(URL(fileURLWithPath: classes))
        details.classNames = names
        details.classCount = names.count
      }
    }
    return details
  }
}

extension InputSpecification.Resize: ExpressibleByArgument {}
extension InputSpecification.Interpolation: ExpressibleByArgument {}
extension InputSpecification.ChannelOrder: ExpressibleByArgument {}
