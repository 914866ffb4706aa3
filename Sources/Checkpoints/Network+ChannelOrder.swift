internal import Networks
internal import Tensors

extension Network {
  /// The name of the first convolution's weights, which see the image; nil where there is none.
  var firstConvolution: String? {
    graph.parameters.first { $0.shape.count == 4 && $0.shape[1] == 3 }?.name
  }

  /// The same network made to expect red first, with the card that says so.
  ///
  /// Other tools know red first only: the input channels of the first convolution are reversed, and mean
  /// and standard deviation with them. A graph from an ONNX file stays as it is: it may do anything to its
  /// input before a convolution.
  func expectingRedFirst(_ card: ModelCard) -> (Network, ModelCard) {
    guard card.input.channelOrder == .bgr, !card.isONNX,
      let first = firstConvolution, let weight = state[first]
    else { return (self, card) }
    var (state, card) = (state, card)
    state[first] = weight.reversingInputChannels
    card.input.channelOrder = .rgb
    card.input.mean.reverse()
    card.input.standardDeviation.reverse()
    do {
      return (try Network(architecture: architecture, graph: graph, state: state), card)
    } catch {
      preconditionFailure("the state has the shapes that it had: \(error)")
    }
  }
}

extension Tensor {
  /// Convolution weights `[out, in, height, width]` with the input channels in reverse order.
  fileprivate var reversingInputChannels: Tensor {
    let area = shape[2] * shape[3]
    let inputs = shape[1]
    let source = values
    var result = source
    for output in 0..<shape[0] {
      for input in 0..<inputs {
        let from = (output * inputs + inputs - 1 - input) * area
        let to = (output * inputs + input) * area
        for position in 0..<area { result[to + position] = source[from + position] }
      }
    }
    return Tensor(shape: shape, values: result)
  }
}
