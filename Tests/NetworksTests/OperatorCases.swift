import Networks
import Testing

/// One operator at work: what every table-wide test of operators reads.
struct OperatorCase: Sendable, CustomTestStringConvertible {
  let name: String
  let operation: any Operator
  let inputs: [SampleShape]
  var mode: RunMode = .training
  var batch = 3
  /// Where the inputs' values lie.
  var range = -2.0...2.0

  var testDescription: String { name }
}

/// Every operator in its variants.
///
/// A new operator adds its lines here.
enum OperatorCases {
  static let all: [OperatorCase] = operators + arrays + activations

  private static let operators: [OperatorCase] = [
    OperatorCase(
      name: "convolution 3×3",
      operation: Convolution(
        "c", from: 5, to: 19, window: Window(size: 3, padding: .symmetric(1)), hasBias: true),
      inputs: [map(6, 7, 5)]),
    OperatorCase(
      name: "convolution 1×1",
      operation: Convolution("c", from: 37, to: 18, window: Window(size: 1)),
      inputs: [map(5, 5, 37)]),
    OperatorCase(
      name: "convolution 1×1, stride 2",
      operation: Convolution("c", from: 16, to: 33, window: Window(size: 1, stride: 2)),
      inputs: [map(7, 6, 16)]),
    OperatorCase(
      name: "convolution 7×7, stride 2",
      operation: Convolution(
        "c", from: 3, to: 8, window: Window(size: 7, stride: 2, padding: .symmetric(3))),
      inputs: [map(13, 12, 3)]),
    OperatorCase(
      name: "convolution 3×3, stride 2, TensorFlow's padding",
      operation: Convolution(
        "c", from: 4, to: 9, window: Window(size: 3, stride: 2, padding: .same)),
      inputs: [map(8, 9, 4)]),
    OperatorCase(
      name: "convolution with residual and ReLU",
      operation: Convolution(
        "c", from: 4, to: 6, window: Window(size: 3, padding: .symmetric(1)), hasBias: true,
        epilogue: Epilogue(addsResidual: true, activation: .relu)),
      inputs: [map(5, 5, 4), map(5, 5, 6)]),
    OperatorCase(
      name: "convolution 3×3 in groups",
      operation: Convolution(
        "c", from: 8, to: 12, window: Window(size: 3, padding: .symmetric(1)), groups: 4),
      inputs: [map(5, 6, 8)]),
    OperatorCase(
      name: "convolution 1×7, dilated, one side padded more",
      operation: Convolution(
        "c", from: 4, to: 9,
        window: Window(
          height: 1, width: 4, strides: (1, 2),
          padding: .explicit(top: 0, left: 3, bottom: 1, right: 2), dilations: (1, 2))),
      inputs: [map(4, 9, 4)]),
    OperatorCase(
      name: "depth-wise convolution with residual and ReLU",
      operation: DepthwiseConvolution(
        "d", channels: 18, window: Window(size: 3, padding: .symmetric(1)),
        epilogue: Epilogue(addsResidual: true, activation: .relu)),
      inputs: [map(4, 5, 18), map(4, 5, 18)]),
    OperatorCase(
      name: "depth-wise convolution 3×3",
      operation: DepthwiseConvolution(
        "d", channels: 21, window: Window(size: 3, padding: .symmetric(1)), hasBias: true),
      inputs: [map(6, 5, 21)]),
    OperatorCase(
      name: "depth-wise convolution 5×5, stride 2, TensorFlow's padding, ReLU6",
      operation: DepthwiseConvolution(
        "d", channels: 17, window: Window(size: 5, stride: 2, padding: .same), hasBias: true,
        epilogue: Epilogue(activation: .relu6)),
      inputs: [map(8, 9, 17)]),
    OperatorCase(
      name: "batch norm", operation: BatchNorm("n", channels: 19), inputs: [map(4, 5, 19)]),
    OperatorCase(
      name: "batch norm with residual and ReLU",
      operation: BatchNorm(
        "n", channels: 7, epsilon: 1e-3, epilogue: Epilogue(addsResidual: true, activation: .relu)),
      inputs: [map(4, 5, 7), map(4, 5, 7)]),
    OperatorCase(
      name: "batch norm and SiLU",
      operation: BatchNorm("n", channels: 19, epilogue: Epilogue(activation: .silu)),
      inputs: [map(4, 5, 19)]),
    OperatorCase(
      name: "batch norm, running statistics, hard swish",
      operation: BatchNorm("n", channels: 18, epilogue: Epilogue(activation: .hardSwish)),
      inputs: [map(4, 5, 18)], mode: .trainingFrozenStatistics),
    OperatorCase(
      name: "batch norm, running statistics, ReLU6",
      operation: BatchNorm("n", channels: 18, epilogue: Epilogue(activation: .relu6)),
      inputs: [map(2, 3, 18)], mode: .trainingFrozenStatistics),
    OperatorCase(
      name: "batch norm, running statistics, residual",
      operation: BatchNorm("n", channels: 18, epilogue: Epilogue(addsResidual: true)),
      inputs: [map(4, 5, 18), map(4, 5, 18)], mode: .trainingFrozenStatistics),
    OperatorCase(
      name: "layer norm", operation: LayerNorm("n", channels: 19), inputs: [tokens(5, 19)]),
    OperatorCase(
      name: "layer norm without shift",
      operation: LayerNorm("n", channels: 34, epsilon: 1e-2, hasBias: false),
      inputs: [map(3, 2, 34)]),
    OperatorCase(name: "attention", operation: Attention(heads: 3), inputs: [tokens(7, 45)]),
    OperatorCase(
      name: "attention in shifted windows",
      operation: Attention(
        heads: 2,
        positions: RelativePositions(
          "t", height: 3, width: 2, shift: WindowShift(down: 1, right: 1))),
      inputs: [SampleShape(axes: [2, 3, 6, 24])]),
    OperatorCase(
      name: "token embedding",
      operation: TokenEmbedding(
        channels: 6, grid: Grid(rows: 3, columns: 4),
        prefixes: [.init("cls_token"), .init("dist_token")], prefixesBeforePositions: 1),
      inputs: [map(3, 4, 6)]),
    OperatorCase(
      name: "token embedding on another grid",
      operation: TokenEmbedding(
        channels: 5, grid: Grid(rows: 4, columns: 3), prefixes: [.init("reg_token", count: 2)],
        embedsPrefix: false),
      inputs: [map(3, 5, 5)]),
    OperatorCase(
      name: "class token", operation: TokenPooling.token(0), inputs: [tokens(4, 19)]),
    OperatorCase(
      name: "mean of tokens", operation: TokenPooling(from: 2), inputs: [tokens(5, 19)]),
    OperatorCase(name: "tokens of a map", operation: Tokens(), inputs: [map(2, 3, 5)]),
    OperatorCase(
      name: "transposition", operation: Transposition(), inputs: [tokens(5, 18)]),
    OperatorCase(
      name: "window partition, shifted and filled up",
      operation: WindowPartition(height: 3, width: 2, shift: WindowShift(down: 1, right: 1)),
      inputs: [map(5, 7, 3)]),
    OperatorCase(
      name: "window reversal, shifted and filled up",
      operation: WindowReversal(height: 3, width: 2, shift: WindowShift(down: 1, right: 1)),
      inputs: [SampleShape(axes: [2, 4, 6, 3]), map(5, 7, 3)]),
    OperatorCase(name: "patch merging", operation: PatchMerging(), inputs: [map(5, 6, 3)]),
    OperatorCase(
      name: "average", operation: Average(), inputs: [tokens(4, 7), tokens(4, 7)]),
    OperatorCase(name: "gated unit", operation: GatedUnit(.silu), inputs: [tokens(4, 38)]),
    OperatorCase(name: "add", operation: Add(), inputs: [map(4, 5, 7), map(4, 5, 7)]),
    OperatorCase(
      name: "add with ReLU", operation: Add(clamp: .relu), inputs: [map(4, 5, 7), map(4, 5, 7)]),
    OperatorCase(
      name: "concatenation", operation: Concatenation(),
      inputs: [map(3, 4, 5), map(3, 4, 18), map(3, 4, 1)]),
    OperatorCase(
      name: "max-pool 3×3, stride 2, padding",
      operation: MaxPool(Window(size: 3, stride: 2, padding: .symmetric(1))),
      inputs: [map(8, 7, 5)]),
    OperatorCase(
      name: "max-pool 3×3, stride 2, ceil mode",
      operation: MaxPool(Window(size: 3, stride: 2, ceilMode: true)), inputs: [map(8, 6, 5)]),
    OperatorCase(
      name: "global average pool", operation: GlobalAveragePool(), inputs: [map(4, 5, 19)]),
    OperatorCase(
      name: "average pool 3×3, padding counted",
      operation: AveragePool(Window(size: 3, padding: .symmetric(1))), inputs: [map(5, 4, 19)]),
    OperatorCase(
      name: "average pool 2×2, stride 2, ceil mode, padding not counted",
      operation: AveragePool(
        Window(size: 2, stride: 2, ceilMode: true), countsPadding: false),
      inputs: [map(5, 7, 6)]),
    OperatorCase(
      name: "average pool 3×2, one side padded more",
      operation: AveragePool(
        Window(
          height: 3, width: 2, strides: (2, 1),
          padding: .explicit(top: 0, left: 1, bottom: 2, right: 0))), inputs: [map(6, 5, 4)]),
    OperatorCase(
      name: "adaptive average pool", operation: AdaptiveAveragePool(height: 3, width: 2),
      inputs: [map(7, 5, 18)]),
    OperatorCase(
      name: "adaptive average pool of a smaller map",
      operation: AdaptiveAveragePool(height: 4, width: 3, keepsLarger: true),
      inputs: [map(2, 5, 3)]),
    OperatorCase(name: "blur pool", operation: BlurPool(stride: 2), inputs: [map(7, 6, 18)]),
    OperatorCase(
      name: "pad", operation: Pad(top: 1, left: 2, bottom: 0, right: 3, value: -1),
      inputs: [map(3, 4, 5)]),
    OperatorCase(
      name: "channel shuffle, 2 groups", operation: ChannelShuffle(groups: 2),
      inputs: [map(2, 3, 38)]),
    OperatorCase(
      name: "channel shuffle, 3 groups", operation: ChannelShuffle(groups: 3),
      inputs: [SampleShape(tokens: 5, channels: 12)]),
    OperatorCase(
      name: "channel slice", operation: ChannelSlice(3..<20), inputs: [map(3, 2, 23)]),
    OperatorCase(
      name: "group norm", operation: GroupNorm("n", channels: 18, groups: 3),
      inputs: [map(4, 5, 18)]),
    OperatorCase(
      name: "group norm, residual and ReLU",
      operation: GroupNorm(
        "n", channels: 20, groups: 2, epilogue: Epilogue(addsResidual: true, activation: .relu)),
      inputs: [map(5, 4, 20), map(5, 4, 20)]),
    OperatorCase(
      name: "instance norm", operation: GroupNorm("n", channels: 19, groups: 19),
      inputs: [map(4, 5, 19)]),
    OperatorCase(
      name: "L2 normalization", operation: L2Normalization(), inputs: [map(2, 3, 19)]),
    OperatorCase(
      name: "L2 normalization of short vectors", operation: L2Normalization(epsilon: 100),
      inputs: [SampleShape(vector: 9)]),
    OperatorCase(
      name: "standardized convolution 3×3 with residual",
      operation: StandardizedConvolution(
        Convolution(
          "c", from: 6, to: 18, window: Window(size: 3, padding: .symmetric(1)), hasBias: true,
          epilogue: Epilogue(addsResidual: true)), epsilon: 1e-3),
      inputs: [map(5, 4, 6), map(5, 4, 18)]),
    OperatorCase(
      name: "linear", operation: Linear("l", from: 21, to: 18),
      inputs: [SampleShape(vector: 21)]),
    OperatorCase(
      name: "linear on tokens, residual and ReLU",
      operation: Linear(
        "l", from: 9, to: 17, hasBias: false,
        epilogue: Epilogue(addsResidual: true, activation: .relu)),
      inputs: [SampleShape(tokens: 6, channels: 9), SampleShape(tokens: 6, channels: 17)]),
    OperatorCase(
      name: "linear from a convolution's weight",
      operation: Linear("l", from: 5, to: 17, asConvolution: true),
      inputs: [SampleShape(vector: 5)]),
    OperatorCase(
      name: "channel gate", operation: ChannelGate(),
      inputs: [map(4, 5, 150), SampleShape(vector: 150)]),
    OperatorCase(
      name: "global response norm", operation: GlobalResponseNorm("g", channels: 19),
      inputs: [map(4, 5, 19)]),
    OperatorCase(
      name: "layer scale", operation: LayerScale("s.gamma", channels: 19),
      inputs: [SampleShape(tokens: 5, channels: 19)]),
    OperatorCase(
      name: "layer scale with residual",
      operation: LayerScale("s.gamma", channels: 19, epilogue: Epilogue(addsResidual: true)),
      inputs: [SampleShape(tokens: 5, channels: 19), SampleShape(tokens: 5, channels: 19)]),
    OperatorCase(
      name: "layer scale, residual and ReLU",
      operation: LayerScale(
        "s.gamma", channels: 19, epilogue: Epilogue(addsResidual: true, activation: .relu)),
      inputs: [SampleShape(tokens: 5, channels: 19), SampleShape(tokens: 5, channels: 19)]),
    OperatorCase(
      name: "linear with layer scale",
      operation: ScaledLinear(Linear("l", from: 21, to: 35), LayerScale("s.gamma", channels: 35)),
      inputs: [SampleShape(tokens: 6, channels: 21)]),
    OperatorCase(
      name: "linear without bias, layer scale, residual",
      operation: ScaledLinear(
        Linear("l", from: 9, to: 17, hasBias: false, epilogue: Epilogue(addsResidual: true)),
        LayerScale("s.gamma", channels: 17)),
      inputs: [SampleShape(tokens: 6, channels: 9), SampleShape(tokens: 6, channels: 17)]),
    OperatorCase(
      name: "linear of many channels and rows with layer scale",
      operation: ScaledLinear(Linear("l", from: 195, to: 37), LayerScale("s.gamma", channels: 37)),
      inputs: [SampleShape(tokens: 101, channels: 195)]),
    OperatorCase(
      name: "linear of many channels and rows",
      operation: Linear("l", from: 195, to: 37),
      inputs: [SampleShape(tokens: 101, channels: 195)]),
    OperatorCase(
      name: "stochastic depth", operation: StochasticDepth(depth: 0.5), inputs: [map(2, 3, 4)]),
    OperatorCase(name: "dropout", operation: Dropout(), inputs: [SampleShape(vector: 40)]),
    OperatorCase(
      name: "padded shortcut", operation: PaddedShortcut(stride: 2, before: 2, after: 3),
      inputs: [map(5, 6, 4)]),
  ]

  /// Operators on arrays of any number of axes.
  private static let arrays: [OperatorCase] =
    [
      OperatorCase(
        name: "learnt array", operation: LearntArray("a", shape: [3, 17]), inputs: [])
    ]
    + [
      ("sum", .add), ("difference", .subtract), ("product", .multiply), ("quotient", .divide),
      ("minimum", .minimum), ("maximum", .maximum),
    ].flatMap { (name: String, function: Arithmetic.Function) in
      [
        OperatorCase(
          name: "\(name) of equal shapes", operation: Arithmetic(function),
          inputs: [array(3, 4, 5), array(3, 4, 5)], range: positive(function)),
        OperatorCase(
          name: "\(name), both broadcast", operation: Arithmetic(function),
          inputs: [array(2, 1, 3, 17), array(4, 1, 17)], range: positive(function)),
        OperatorCase(
          name: "\(name), channels broadcast", operation: Arithmetic(function),
          inputs: [array(5, 1), array(3, 5, 18)], range: positive(function)),
        OperatorCase(
          name: "\(name) with a constant",
          operation: Arithmetic(function, constant: .init("c", shape: [4, 1])),
          inputs: [array(2, 1, 7)], range: positive(function)),
        OperatorCase(
          name: "\(name) of a constant",
          operation: Arithmetic(function, constant: .init("c", shape: [1], isFirst: true)),
          inputs: [array(3, 11)], range: positive(function)),
      ]
    }
    + [2, 3, -1, 0.5, -0.5, 1.7].map { (exponent: Float) in
      OperatorCase(
        name: "power of \(exponent)", operation: Power(exponent), inputs: [array(4, 7)],
        range: 0.5...2)
    }
    + [
      ("mean", .mean), ("sum", .sum), ("largest", .maximum), ("smallest", .minimum),
    ].flatMap { (name: String, function: Reduction.Function) in
      [
        OperatorCase(
          name: "\(name) of all", operation: Reduction(function), inputs: [array(3, 4, 5)]),
        OperatorCase(
          name: "\(name) over pixels", operation: Reduction(function, over: [0, 1]),
          inputs: [map(4, 3, 19)]),
        OperatorCase(
          name: "\(name) over channels", operation: Reduction(function, over: [-1]),
          inputs: [map(2, 3, 37)]),
        OperatorCase(
          name: "\(name) over two axes apart, kept",
          operation: Reduction(function, over: [0, 2], keepsAxes: true),
          inputs: [array(3, 2, 4, 5)]),
      ]
    }
    + [false, true].flatMap { (isLogarithm: Bool) in
      [-1, 0, 1].map { axis in
        OperatorCase(
          name: "\(isLogarithm ? "logarithm of softmax" : "softmax") over axis \(axis)",
          operation: Softmax(axis: axis, isLogarithm: isLogarithm), inputs: [array(4, 5, 19)])
      }
    } + products + movements

  private static let products: [OperatorCase] = [
    OperatorCase(
      name: "matrix product", operation: MatrixProduct(), inputs: [array(5, 7), array(7, 18)]),
    OperatorCase(
      name: "matrix product of many", operation: MatrixProduct(),
      inputs: [array(3, 4, 9), array(3, 9, 5)]),
    OperatorCase(
      name: "matrix product, first broadcast", operation: MatrixProduct(),
      inputs: [array(4, 9), array(2, 3, 9, 5)]),
    OperatorCase(
      name: "matrix product, second broadcast", operation: MatrixProduct(),
      inputs: [array(2, 3, 4, 9), array(9, 17)]),
    OperatorCase(
      name: "matrix product, both broadcast", operation: MatrixProduct(),
      inputs: [array(2, 1, 4, 9), array(1, 3, 9, 5)]),
    OperatorCase(
      name: "matrix product, second transposed", operation: MatrixProduct(transposesSecond: true),
      inputs: [array(2, 4, 9), array(2, 18, 9)]),
    OperatorCase(
      name: "matrix product, second transposed and broadcast",
      operation: MatrixProduct(transposesSecond: true),
      inputs: [array(2, 3, 4, 9), array(3, 6, 9)], batch: 1),
  ]

  private static let movements: [OperatorCase] = [
    OperatorCase(
      name: "transposition of four axes", operation: Transposition([2, 0, 3, 1]),
      inputs: [array(3, 2, 5, 17)]),
    OperatorCase(
      name: "transposition of outer axes", operation: Transposition([1, 0, 2]),
      inputs: [array(3, 5, 18)]),
    OperatorCase(
      name: "transposition of channels to the front", operation: Transposition([2, 0, 1]),
      inputs: [map(5, 7, 35)]),
    OperatorCase(
      name: "reshape", operation: Reshape(to: [0, -1, 3]), inputs: [array(2, 4, 9)]),
    OperatorCase(name: "flatten", operation: Reshape.flatten, inputs: [map(2, 3, 5)]),
    OperatorCase(
      name: "slice by steps",
      operation: Slice([
        .init(axis: 0, from: 1, to: .max, by: 2), .init(axis: -1, from: -2, to: .min, by: -3),
      ]), inputs: [array(6, 3, 19)]),
    OperatorCase(
      name: "slice of rows", operation: Slice([.init(axis: 0, from: -3, to: -1)]),
      inputs: [array(5, 3, 7)]),
    OperatorCase(
      name: "gather of rows", operation: Gather([2, 0, -1, 2], axis: 0), inputs: [array(4, 19)]),
    OperatorCase(
      name: "gather of channels", operation: Gather([5, 1, 1], axis: -1), inputs: [map(2, 3, 7)]),
    OperatorCase(
      name: "gather of one token", operation: Gather([1], axis: 0, keepsAxis: false),
      inputs: [tokens(4, 19)]),
    OperatorCase(
      name: "concatenation of tokens", operation: Concatenation(axis: 0),
      inputs: [tokens(1, 19), tokens(4, 19)]),
    OperatorCase(
      name: "concatenation of columns", operation: Concatenation(axis: 1),
      inputs: [map(3, 2, 5), map(3, 4, 5), map(3, 1, 5)]),
    OperatorCase(
      name: "pad of channels", operation: Pad(before: [0, 1, 2], after: [2, 0, 3], value: 0.5),
      inputs: [map(3, 2, 5)]),
    OperatorCase(
      name: "resize, nearest, asymmetric",
      operation: Resize(
        .scaled(height: 2, width: 2), mode: .nearest(.floor), coordinates: .asymmetric),
      inputs: [map(3, 4, 5)]),
    OperatorCase(
      name: "resize, nearest, half pixel",
      operation: Resize(.exactly(height: 5, width: 3), mode: .nearest(.preferFloor)),
      inputs: [map(3, 7, 18)]),
    OperatorCase(
      name: "resize, linear, half pixel",
      operation: Resize(.exactly(height: 7, width: 5), mode: .linear), inputs: [map(4, 8, 70)]),
    OperatorCase(
      name: "resize, linear, corners aligned",
      operation: Resize(
        .exactly(height: 5, width: 9), mode: .linear, coordinates: .alignCorners),
      inputs: [map(3, 4, 6)]),
    OperatorCase(
      name: "global max-pool", operation: Reduction(.maximum, over: [0, 1], keepsAxes: true),
      inputs: [map(7, 5, 18)]),
  ]

  private static func array(_ dimensions: Int...) -> SampleShape { SampleShape(axes: dimensions) }

  /// Quotients are differentiated away from a denominator of 0.
  private static func positive(_ function: Arithmetic.Function) -> ClosedRange<Double> {
    function == .divide ? 0.5...2 : -2...2
  }

  /// Every function of single values.
  private static let activations: [OperatorCase] = [
    ("ReLU", .relu), ("ReLU6", .relu6), ("clip", .clamp(Clamp(low: -1.5, high: 0.5))),
    ("sigmoid", .sigmoid), ("hard sigmoid", .hardSigmoid()),
    ("hard sigmoid, steep", .hardSigmoid(slope: 0.4, offset: 0.5)), ("SiLU", .silu),
    ("hard swish", .hardSwish), ("GELU", .gelu), ("GELU by tanh", .geluTanh),
    ("quick GELU", .quickGELU), ("tanh", .tanh), ("erf", .erf), ("ELU", .elu(alpha: 0.7)),
    ("CELU", .celu(alpha: 1.6)), ("SELU", .selu), ("leaky ReLU", .leakyReLU(slope: 0.1)),
    ("softplus", .softplus), ("Mish", .mish),
  ].map { (name: String, function: ActivationFunction) in
    OperatorCase(name: name, operation: Activation(function), inputs: [map(4, 5, 7)])
  }

  private static func map(_ height: Int, _ width: Int, _ channels: Int) -> SampleShape {
    SampleShape(height: height, width: width, channels: channels)
  }

  private static func tokens(_ count: Int, _ channels: Int) -> SampleShape {
    SampleShape(tokens: count, channels: channels)
  }
}
