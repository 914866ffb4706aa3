import Checkpoints

extension FuzzTarget {
  /// ONNX files, all the way to a network.
  static let onnx = FuzzTarget(name: "onnx") { bytes in _ = try ONNXModel(bytes) }
}
