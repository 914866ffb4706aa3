/// What the importer remembers of a node for the patterns that may follow.
enum LoweredFact {
  /// `factor · queries · keys`, the scores of attention.
  case scores(queries: ONNXActivation, keys: ONNXActivation, factor: Float)
  /// Softmax of scores over the keys.
  case probabilities(queries: ONNXActivation, keys: ONNXActivation, factor: Float)
  /// Some channels of a node, from an offset on.
  case channels(of: Int, offset: Int, count: Int)
  /// A normalisation without its scale and shift.
  case plainNorm
  /// Tokens made of a map, with constants before them and added to them.
  case tokens(TokenParts)
  /// Values that stand for whole numbers times this scale.
  case quantized(scale: Float)
}

/// The parts of a token embedding that were met so far.
struct TokenParts {
  /// The node of the map.
  var map: Int
  var prefixes: [(name: String, array: ONNXArray)] = []
  var positions: (name: String, array: ONNXArray)?
  /// Whether the positions hold those of the prefixes.
  var embedsPrefix = false
}
