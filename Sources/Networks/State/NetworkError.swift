public import Foundation

/// What can be wrong with a network, its weights or what it is given.
///
/// Whoever reads a file adds the file's name on the way up.
public enum NetworkError: Error, Equatable, Sendable {
  /// No architecture has this id.
  case unknownArchitecture(id: String, nearest: [String])
  /// The weights do not fit the architecture.
  case stateMismatch(architecture: String, problems: [StateProblem])
  /// No stage of the graph has this name.
  case unknownStage(name: String, stages: [String])
  /// No node of the graph has this name.
  case unknownNode(name: String, nearest: [String])
  /// An operator cannot work on shapes like these, as when an image is too small for the network.
  case shape(node: String, inputs: [SampleShape], reason: String)
  /// The input tensor does not have the shape that the plan was built for.
  case inputShape(expected: [Int], actual: [Int])
  /// A label is not one of the classes.
  case labelOutOfRange(label: Int, sample: Int, classCount: Int)
  /// A NaN or an infinity appeared; `node` is the first whose output holds one.
  case nonFinite(node: String)
  /// A NaN or an infinity appeared in the backward pass; `node` is the first that gave a gradient that
  /// holds one, though all outputs were finite.
  case nonFiniteGradient(node: String)
  /// No parameter would be trained.
  case nothingToTrain
  /// A plan takes more memory than there is; `largestBatch` would fit, or none if it is 0.
  case memory(needed: Int, available: Int, largestBatch: Int)
  /// The machine can't multiply in the wanted precision; `reason` is a sentence.
  case precision(reason: String)
  /// A saved optimiser state belongs to another set of parameters.
  case optimizerState(parameter: String, reason: String)
}

/// One way in which a state dict does not fit a graph.
public enum StateProblem: Hashable, Sendable {
  /// The graph needs a key that the state lacks; `nearest` are surplus keys of similar name.
  case missing(name: String, shape: [Int], nearest: [String])
  /// The state holds a key that the graph does not know.
  case surplus(name: String)
  /// A tensor has another shape than the graph needs.
  case misshaped(name: String, expected: [Int], actual: [Int])
}

extension StateProblem: CustomStringConvertible {
  /// The problem in a few words that name the key.
  public var description: String {
    switch self {
    case .missing(let name, let shape, let nearest):
      let hint = nearest.isEmpty ? "" : ", nearest in the weights: \(quoted(nearest))"
      return "'\(name)' \(shape) is missing\(hint)"
    case .surplus(let name):
      return "'\(name)' is not part of the architecture"
    case .misshaped(let name, let expected, let actual):
      return "'\(name)' has shape \(actual) where \(expected) is needed"
    }
  }
}

extension NetworkError: LocalizedError, CustomStringConvertible {
  /// One sentence: what is wrong and what to do.
  public var description: String {
    switch self {
    case .unknownArchitecture(let id, let nearest):
      let hint =
        nearest.isEmpty
        ? "'graft models list' shows all \(Architecture.all.count)."
        : "did you mean \(quoted(nearest))?"
      return "There is no architecture '\(id)'; \(hint)"
    case .stateMismatch(let architecture, let problems):
      let shown = problems.prefix(4).map(\.description).joined(separator: "; ")
      let rest = problems.count > 4 ? "; and \(problems.count - 4) more" : ""
      return
        "The weights do not fit \(architecture): \(shown)\(rest); "
        + "use the weights or the architecture that belong together."
    case .unknownStage(let name, let stages):
      return "The network has no stage '\(name)'; its stages are \(quoted(stages))."
    case .unknownNode(let name, let nearest):
      let hint = nearest.isEmpty ? "" : "; the nearest are \(quoted(nearest))"
      return "The network has no node '\(name)'\(hint)."
    case .shape(let node, let inputs, let reason):
      let shapes = inputs.map(\.description).joined(separator: " and ")
      return "Node '\(node)' cannot work on \(shapes): \(reason)."
    case .inputShape(let expected, let actual):
      return
        "The input has shape \(actual) but the plan was built for \(expected) "
        + "(any number of samples up to the first)."
    case .labelOutOfRange(let label, let sample, let classCount):
      return
        "Sample \(sample) has label \(label), but the network's head has "
        + "\(classCount) classes (labels 0 to \(classCount - 1))."
    case .nonFinite(let node):
      return
        "Training met a NaN or an infinity, first in the output of '\(node)'; "
        + "lower the learning rate or check the input."
    case .nonFiniteGradient(let node):
      return
        "Training met a NaN or an infinity, first in a gradient that '\(node)' gave; "
        + "lower the learning rate or clip the gradients."
    case .nothingToTrain:
      return "No parameter of the network is trainable; choose a larger trainable set."
    case .memory(let needed, let available, let largestBatch):
      let hint =
        largestBatch > 0
        ? "a batch of \(largestBatch) would fit" : "not even a batch of 1 would fit"
      return
        "This would take \(megabytes(needed)) of memory, but only \(megabytes(available)) are "
        + "available; \(hint)."
    case .precision(let reason): return reason
    case .optimizerState(let parameter, let reason):
      return "The saved optimiser state does not fit parameter '\(parameter)': \(reason)."
    }
  }

  /// The same sentence, for Foundation.
  public var errorDescription: String? { description }
}

private func megabytes(_ bytes: Int) -> String { "\((bytes + 999_999) / 1_000_000) MB" }

private func quoted(_ names: [String]) -> String {
  names.map { "'\($0)'" }.joined(separator: ", ")
}
