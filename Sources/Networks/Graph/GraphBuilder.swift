/// Writes a graph node by node; what an architecture's function is made of.
package struct GraphBuilder {
  private var nodes: [Node]
  private var shapes: [SampleShape]
  private var stages: [(name: String, end: Int)] = []

  /// Starts a graph whose input has this nominal shape.
  package init(input: SampleShape) {
    nodes = [Node(name: "input", operation: Input(shape: input), inputs: [])]
    shapes = [input]
  }

  /// Starts a graph for square RGB images.
  package init(imageSize: Int) {
    self.init(input: SampleShape(height: imageSize, width: imageSize, channels: 3))
  }

  /// The position of the input.
  package var input: Int { 0 }

  /// The shape that a node has for the nominal input.
  package func shape(of node: Int) -> SampleShape { shapes[node] }

  /// The channels of a node.
  package func channels(of node: Int) -> Int { shapes[node].channels }

  /// Appends a node and returns its position.
  ///
  /// - Precondition: the operator can work on these inputs. The nominal input is large enough for
  ///   every architecture, so a failure is a mistake in the architecture's function.
  package mutating func add(_ name: String, _ operation: any Operator, _ inputs: Int...) -> Int {
    add(name, operation, inputs)
  }

  /// Appends a node with any number of inputs and returns its position.
  package mutating func add(_ name: String, _ operation: any Operator, _ inputs: [Int]) -> Int {
    do throws(ShapeMismatch) {
      shapes.append(try operation.outputShape(of: inputs.map { shapes[$0] }))
    } catch {
      preconditionFailure(
        "'\(name)' cannot work on \(inputs.map { shapes[$0] }): \(error.reason)")
    }
    nodes.append(Node(name: name, operation: operation, inputs: inputs))
    return nodes.count - 1
  }

  /// Says that a stage ends with the last node added.
  package mutating func endStage(_ name: String) {
    stages.append((name, nodes.count - 1))
  }

  /// The finished graph.
  package func graph(features: Int, logits: Int) -> Graph {
    do throws(NetworkError) {
      return try Graph(
        nodes: nodes, stages: stages, featureIndex: features, logitsIndex: logits)
    } catch {
      preconditionFailure("an architecture is not a valid graph: \(error)")
    }
  }
}

/// What all architectures are made of; a node is named like the module of the reference.
extension GraphBuilder {
  /// A convolution (depth-wise where there are as many groups as channels), padded to keep the size
  /// unless said otherwise.
  package mutating func convolution(
    _ name: String, _ input: Int, to outputs: Int, kernel: Int, stride: Int = 1,
    padding: Window.Padding? = nil, dilation: Int = 1, groups: Int = 1, hasBias: Bool = false,
    initialization: Initialization? = nil
  ) -> Int {
    let window = Window(
      size: kernel, stride: stride, padding: padding ?? .symmetric(dilation * (kernel - 1) / 2),
      dilation: dilation)
    return convolution(
      name, input, to: outputs, window: window, groups: groups, hasBias: hasBias,
      initialization: initialization)
  }

  /// A convolution with a window of any form.
  package mutating func convolution(
    _ name: String, _ input: Int, to outputs: Int, window: Window, groups: Int = 1,
    hasBias: Bool = false, initialization: Initialization? = nil
  ) -> Int {
    let inputs = channels(of: input)
    if groups == inputs && outputs == inputs && groups > 1 {
      return add(
        name,
        DepthwiseConvolution(
          name, channels: inputs, window: window, hasBias: hasBias, initialization: initialization),
        input)
    }
    return add(
      name,
      Convolution(
        name, from: inputs, to: outputs, window: window, groups: groups, hasBias: hasBias,
        initialization: initialization), input)
  }

  /// A convolution `name.conv`, batch normalisation `name.bn` and an activation, timm's `ConvNormAct`.
  package mutating func normedConvolution(
    _ name: String, _ input: Int, to outputs: Int, window: Window, groups: Int = 1,
    epsilon: Float = 1e-5, initialScale: Double = 1, initialization: Initialization? = nil,
    activation: ActivationFunction = .relu
  ) -> Int {
    let x = convolution(
      "\(name).conv", input, to: outputs, window: window, groups: groups,
      initialization: initialization)
    return batchNorm(
      "\(name).bn", x, epsilon: epsilon, initialScale: initialScale, activation: activation)
  }

  /// Batch normalisation, with an activation behind it unless that is `.none`.
  package mutating func batchNorm(
    _ name: String, _ input: Int, epsilon: Float = 1e-5, initialScale: Double = 1,
    activation: ActivationFunction = .none
  ) -> Int {
    let x = add(
      name,
      BatchNorm(
        name, channels: channels(of: input), epsilon: epsilon, initialScale: initialScale), input)
    return activation.isActive ? self.activation("\(name).act", x, activation) : x
  }

  /// Group normalisation, with an activation behind it unless that is `.none`.
  package mutating func groupNorm(
    _ name: String, _ input: Int, groups: Int, epsilon: Float = 1e-5, initialScale: Double = 1,
    activation: ActivationFunction = .none
  ) -> Int {
    let x = add(
      name,
      GroupNorm(
        name, channels: channels(of: input), groups: groups, epsilon: epsilon,
        initialScale: initialScale), input)
    return activation.isActive ? self.activation("\(name).act", x, activation) : x
  }

  /// A linear layer on the channels of each pixel or token.
  ///
  /// - Parameter asConvolution: Whether the reference's layer is a 1×1 convolution.
  package mutating func linear(
    _ name: String, _ input: Int, to outputs: Int, hasBias: Bool = true,
    asConvolution: Bool = false, initialization: Linear.Initializer = .pytorch
  ) -> Int {
    add(
      name,
      Linear(
        name, from: channels(of: input), to: outputs, hasBias: hasBias,
        asConvolution: asConvolution, initialization: initialization), input)
  }

  /// Normalisation of each pixel or token over its channels.
  package mutating func layerNorm(_ name: String, _ input: Int, epsilon: Float = 1e-6) -> Int {
    add(name, LayerNorm(name, channels: channels(of: input), epsilon: epsilon), input)
  }

  /// A function of each value.
  package mutating func activation(
    _ name: String, _ input: Int, _ function: ActivationFunction
  ) -> Int {
    add(name, Activation(function), input)
  }

  /// Squeeze-and-excitation: each channel times a gate that follows from the means of all.
  ///
  /// - Parameters:
  ///   - reduced: The channels between its two 1×1 convolutions.
  ///   - layers: The names of these convolutions.
  ///   - activation: What follows the first.
  ///   - gate: What follows the second.
  ///   - initialization: How their fresh weights are drawn for a number of outputs.
  package mutating func squeezeExcitation(
    _ name: String, _ input: Int, reduced: Int, layers: (String, String),
    activation: ActivationFunction = .relu, gate: ActivationFunction = .sigmoid,
    initialization: (Int) -> Linear.Initializer = { _ in .pytorch }
  ) -> Int {
    let channels = channels(of: input)
    var x = add("\(name).pool", GlobalAveragePool(), input)
    for (layer, outputs, function) in [(layers.0, reduced, activation), (layers.1, channels, gate)]
    {
      x = add(
        "\(name).\(layer)",
        Linear(
          "\(name).\(layer)", from: self.channels(of: x), to: outputs, asConvolution: true,
          initialization: initialization(outputs)), x)
      x = self.activation("\(name).\(layer).act", x, function)
    }
    return add(name, ChannelGate(), input, x)
  }

  /// A residual branch added to its shortcut.
  ///
  /// - Parameter depth: The block's place for stochastic depth, from 0 to 1; nil where the reference
  ///   has none.
  package mutating func residual(
    _ name: String, _ branch: Int, shortcut: Int, depth: Double? = nil
  ) -> Int {
    var x = branch
    if let depth, depth > 0 {
      x = add("\(name).drop_path", StochasticDepth(depth: depth), x)
    }
    return add("\(name).add", Add(), x, shortcut)
  }

  /// Dropout and a linear classifier on pooled features, and the end of the stages `features` and
  /// `head`; returns the finished graph.
  ///
  /// - Parameter asConvolution: Whether the reference's classifier is a 1×1 convolution.
  package mutating func classified(
    _ name: String, features: Int, classCount: Int,
    initialization: Linear.Initializer = .pytorch, asConvolution: Bool = false
  ) -> Graph {
    endStage("features")
    let x = add("drop", Dropout(), features)
    let logits = add(
      name,
      Linear(
        name, from: channels(of: features), to: classCount, asConvolution: asConvolution,
        initialization: initialization), x)
    endStage("head")
    return graph(features: features, logits: logits)
  }
}
