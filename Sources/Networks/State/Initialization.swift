package import Tensors

extension ParameterSpecification {
  /// A fresh tensor, drawn from the counter-based sequence of the seed and the parameter's name.
  package func initialTensor(seed: UInt64) -> Tensor {
    let random = CounterRandom(seed: seed, key: name)
    let values: [Float]
    switch initialization {
    case .constant(let value):
      values = Array(repeating: Float(value), count: count)
    case .normal(let standardDeviation):
      values = (0..<count).map { Float(standardDeviation * random.normal(at: UInt64($0))) }
    case .uniform(let bound):
      values = (0..<count).map { Float(bound * (2 * random.uniform(at: UInt64($0)) - 1)) }
    }
    return Tensor(shape: shape, values: values)
  }
}
