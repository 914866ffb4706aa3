internal import Tensors

/// The parameters and buffers of a plan's nodes in the engine's layout, and their gradients.
///
/// Parameters that live on in packed form only are not kept: ``PlanEngine/load(_:)`` brings them to a
/// scratch one node at a time, so that a network's weights are in memory once.
final class ParameterStore {
  /// All parameters that are kept, in order.
  let specifications: [ParameterSpecification]
  /// The names of the parameters that have a gradient, in order.
  let trainable: [ParameterSpecification]
  private let values: FloatStorage
  private let gradients: FloatStorage
  private let valueOffsets: [String: Int]
  private let gradientOffsets: [String: Int]

  /// Memory for parameters.
  ///
  /// - Parameters:
  ///   - names: The parameters that have a gradient.
  ///   - transient: The parameters that are not kept.
  init(
    _ specifications: [ParameterSpecification], trainable names: Set<String>,
    transient: Set<String>
  ) {
    self.specifications = specifications.filter { !transient.contains($0.name) }
    self.trainable = specifications.filter { names.contains($0.name) }
    let valueCount: Int
    let gradientCount: Int
    (valueOffsets, valueCount) = ParameterStore.lay(self.specifications)
    (gradientOffsets, gradientCount) = ParameterStore.lay(trainable)
    values = FloatStorage(count: valueCount)
    gradients = FloatStorage(count: gradientCount)
  }

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
  var valueCount: Int { values.count }

  /// Where a parameter that is kept lies.
  func pointer(_ name: String) -> UnsafeMutablePointer<Float> {
    guard let offset = valueOffsets[name] else { preconditionFailure("'\(name)' is not kept") }
    return values.pointer + offset
  }

  func gradientPointer(_ name: String) -> UnsafeMutablePointer<Float>? {
    gradientOffsets[name].map { gradients.pointer + $0 }
  }

  /// All gradients in one stretch; the floats between parameters are 0.
  var gradientBuffer: UnsafeMutableBufferPointer<Float> { gradients.buffer }

  /// Takes over the kept values of fused weights.
  func load(_ fusion: Fusion) {
    Parallel.forEach(specifications.count) { index in
      fusion.copy(specifications[index], to: pointer(specifications[index].name))
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
