import Checkpoints

extension FuzzTarget {
  /// ONNX files, all the way to a network.
  static let onnx = FuzzTarget(name: "onnx") { bytes in
    do throws(CheckpointError.Problem) { _ = try ONNXModel(bytes) } catch {}
  }
}
