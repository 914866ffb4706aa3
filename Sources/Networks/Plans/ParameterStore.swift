internal import Tensors

/// The parameters and buffers of a plan's nodes in the engine's layout, and their gradients.
final class ParameterStore {
  let specifications: [ParameterSpecification]
  /// The names of the parameters that have a gradient, in order.
  let trainable: [ParameterSpecification]
  private let values: FloatStorage
  /// Values that are not needed once they are packed; nil after ``freePacked()``.
  private var packedValues: FloatStorage?
  private let gradients: FloatStorage
  private let valueOffsets: [String: Int]
  private let packedOffsets: [String: Int]
  private let gradientOffsets: [String: Int]

  /// Memory for parameters.
  ///
  /// - Parameters:
  ///   - names: The parameters that have a gradient.
  ///   - packed: The parameters that may be freed once they are packed.
  init(
    _ specifications: [ParameterSpecification], trainable names: Set<String>, packed: Set<String>
  ) {
    self.specifications = specifications
    self.trainable = specifications.filter { names.contains($0.name) }
    let valueCount: Int
    let packedCount: Int
    let gradientCount: Int
    (valueOffsets, valueCount) = ParameterStore.lay(
      specifications.filter { !packed.contains($0.name) })
    (packedOffsets, packedCount) = ParameterStore.lay(
      specifications.filter { packed.contains($0.name) })
    (gradientOffsets, gradientCount) = ParameterStore.lay(trainable)
    values = FloatStorage(count: valueCount)
    packedValues = FloatStorage(count: packedCount)
    gradients = FloatStorage(count: gradientCount)
  }

  /// Frees the parameters that live on in packed form only.
  func freePacked() { packedValues = nil }

  /// Where each parameter begins, and how many floats all take.
  private static func lay(_ parameters: [ParameterSpecification]) -> ([String: Int], Int) {
    var offsets: [String: Int] = [:]
    var end = 0
    for parameter in parameters {
      offsets[parameter.name] = end
      end += alignedCount(parameter.count)
    }
    return (offsets, end)
  }

  /// Floats of all values.
  var valueCount: Int { values.count + (packedValues?.count ?? 0) }

  func pointer(_ name: String) -> UnsafeMutablePointer<Float> {
    if let offset = valueOffsets[name] { return values.pointer + offset }
    guard let offset = packedOffsets[name], let packedValues else {
      preconditionFailure("no parameter '\(name)'")
    }
    return packedValues.pointer + offset
  }

  func gradientPointer(_ name: String) -> UnsafeMutablePointer<Float>? {
    gradientOffsets[name].map { gradients.pointer + $0 }
  }

  /// All gradients in one stretch; the floats between parameters are 0.
  var gradientBuffer: UnsafeMutableBufferPointer<Float> { gradients.buffer }

  /// Takes over the values of a state that fits.
  func load(_ state: StateDict) {
    Parallel.forEach(specifications.count) { index in
      let parameter = specifications[index]
      guard let tensor = state[parameter.name] else {
        preconditionFailure("the state lacks '\(parameter.name)'")
      }
      tensor.withUnsafeBufferPointer { source in
        parameter.layout.toEngine(source, shape: parameter.shape, into: pointer(parameter.name))
      }
    }
  }

  /// A copy of a parameter in the state dict's layout.
  func tensor(_ parameter: ParameterSpecification) -> Tensor {
    ParameterStore.tensor(parameter, from: pointer(parameter.name))
  }

  /// A copy of a parameter's gradient in the state dict's layout.
  func gradientTensor(_ parameter: ParameterSpecification) -> Tensor? {
    gradientPointer(parameter.name).map { ParameterStore.tensor(parameter, from: $0) }
  }

  /// A copy of values in the engine's layout in the state dict's.
  static func tensor(
    _ parameter: ParameterSpecification, from source: UnsafePointer<Float>
  ) -> Tensor {
    let storage = FloatStorage(uninitializedCount: parameter.count)
    parameter.layout.fromEngine(source, shape: parameter.shape, into: storage.buffer)
    return Tensor(shape: parameter.shape, storage: storage)
  }
}
