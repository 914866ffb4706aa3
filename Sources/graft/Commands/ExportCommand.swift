import ArgumentParser
import Checkpoints
import Foundation
import Reports

struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes a network for other tools: an ONNX file, or a folder that timm loads.",
    discussion: """
      graft export RUN -o model.onnx      for ONNX Runtime, OpenVINO and the like
      graft export RUN -o folder          for timm and PyTorch

      The ONNX file (operator set 17, Float32) takes preprocessed pixels
      [batch, 3, height, width] as 'input' and gives 'logits' and 'features';
      mean, standard deviation and class names are in its metadata. The folder
      is in timm's hub layout:
      timm.create_model("local-dir:folder", pretrained=True).
      """
  )

  /// The kinds of file that can be written.
  enum Format: String, ExpressibleByArgument, CaseIterable { case onnx, timm }

  @Argument(help: "The network: a weight file, card, folder, or an earlier run.")
  var model: String

  @Option(name: .shortAndLong, help: "The file or folder to write.")
  var output: String

  @Option(help: "onnx or timm; by default the ending of the output tells.")
  var format: Format?

  @Flag(inversion: .prefixedNo, help: "Whether the ONNX file gives the embedding too.")
  var features = true

  @OptionGroup var shared: OutputOptions

  func run() throws {
    let model = try ModelCatalogue().resolve(model)
    let target = URL(fileURLWithPath: output)
    switch format ?? (target.pathExtension.lowercased() == "onnx" ? .onnx : .timm) {
    case .onnx:
      try ONNXExport.write(
        model.network, card: model.card, includesFeatures: features, to: target)
    case .timm:
      guard !model.card.isONNX else {
        throw ValidationError(
          "'\(self.model)' comes from an ONNX file and is no architecture of timm's; write it as "
            + "ONNX: -o \(output).onnx.")
      }
      try TimmExport.write(
        model.network, card: model.card, classNames: model.card.classNames, to: target)
    }
    try shared.print(model.card) { "Wrote \($0.id) to \(output).\n" }
  }
}
