public import Checkpoints
import Files
public import Foundation
public import Images
import Yams

/// Everything needed to make a training run again: what, on what, how, and why.
///
/// A recipe is the hinge between advice and training: `graft advise` writes ranked recipes, `graft
/// run` carries one out and leaves it, complete, as `recipe.yaml` in the run's folder.
public struct Recipe: Codable, Sendable, Equatable {
  /// The version of this value's written form.
  public static let schema = "graft.recipe/1"

  /// Which network a recipe starts from.
  public struct ModelReference: Codable, Sendable, Equatable {
    /// The model's id in its card.
    public var id: String
    /// The architecture's id.
    public var architecture: String
    /// The weight file or folder, as given; nil for random weights.
    public var weights: String?
    /// The weight file's SHA-256, which a later run checks.
    public var sha256: String?
    /// What was said of the network by flags, in place of a card.
    public var details: CardDetails?

    /// Whether it is the graph of an ONNX file, as ``Checkpoints/ModelCard/isONNX`` says of a card.
    public var isONNX: Bool { architecture == ONNXModel.architecture }

    /// Names a network.
    public init(
      id: String, architecture: String, weights: String?, sha256: String?,
      details: CardDetails? = nil
    ) {
      self.id = id
      self.architecture = architecture
      self.weights = weights
      self.sha256 = sha256
      self.details = details
    }
  }

  /// How validation images are set aside where the data has none of its own.
  public struct Split: Codable, Sendable, Equatable {
    /// The share of the training images set aside, stratified by class, in `(0, 1)`.
    public var validationFraction: Double
    /// The share set aside as a test split where the data has none, in `[0, 1)`; zero for none.
    public var testFraction: Double
    /// The seed of the drawing.
    public var seed: UInt64

    /// Describes a split.
    public init(validationFraction: Double = 0.2, testFraction: Double = 0, seed: UInt64 = 0) {
      self.validationFraction = validationFraction
      self.testFraction = testFraction
      self.seed = seed
    }
  }

  /// A rule that speaks for the recipe.
  public struct Reason: Codable, Sendable, Equatable {
    /// The rule's id.
    public var rule: String
    /// What it says.
    public var why: String
    /// The papers it rests on, each with the place in it.
    public var citations: [String]

    /// States a reason.
    public init(rule: String, why: String, citations: [String]) {
      self.rule = rule
      self.why = why
      self.citations = citations
    }
  }

  /// An estimate with its 95 % interval.
  public struct Estimate: Codable, Sendable, Equatable {
    /// The estimate.
    public var value: Double
    /// The interval's lower end.
    public var low: Double
    /// The interval's upper end.
    public var high: Double
    /// How it was obtained.
    public var method: String

    /// States an estimate.
    public init(value: Double, low: Double, high: Double, method: String) {
      self.value = value
      self.low = low
      self.high = high
      self.method = method
    }
  }

  /// The version of the written form.
  public var schema = Recipe.schema
  /// A short name, such as `linear-probe on resnet18`.
  public var name: String
  /// The network to start from.
  public var model: ModelReference
  /// The regime's id.
  public var regime: String
  /// What the regime is told.
  public var hyperparameters: Hyperparameters
  /// How an image becomes the network's input.
  public var preprocessing: Preprocessing
  /// How training images are varied, or nil for not at all.
  public var augmentation: Augmentation?
  /// How picture files are decoded, or nil for as usual.
  public var decoding: DecodingOptions?
  /// How validation images are set aside.
  public var split: Split
  /// The seed of everything drawn at random while training.
  public var seed: UInt64
  /// How strongly the rules speak for the recipe among those offered with it; shares sum to 1.
  public var weight: Double?
  /// Why, rule by rule.
  public var reasons: [Reason]
  /// The accuracy to expect on new images, where something was measured that tells.
  public var expectedAccuracy: Estimate?
  /// Roughly how long training takes on this machine, in seconds, where it was measured.
  public var expectedSeconds: Double?

  /// Creates a recipe.
  public init(
    name: String, model: ModelReference, regime: String, hyperparameters: Hyperparameters,
    preprocessing: Preprocessing, augmentation: Augmentation?, decoding: DecodingOptions? = nil,
    split: Split, seed: UInt64, weight: Double? = nil, reasons: [Reason] = [],
    expectedAccuracy: Estimate? = nil, expectedSeconds: Double? = nil
  ) {
    self.name = name
    self.model = model
    self.regime = regime
    self.hyperparameters = hyperparameters
    self.preprocessing = preprocessing
    self.augmentation = augmentation
    self.decoding = decoding
    self.split = split
    self.seed = seed
    self.weight = weight
    self.reasons = reasons
    self.expectedAccuracy = expectedAccuracy
    self.expectedSeconds = expectedSeconds
  }

  /// Reads a recipe from a YAML file.
  ///
  /// - Throws: `RecipeError` when the file can't be read, is not a recipe, names an unknown key or
  ///   holds a value out of range.
  public static func read(_ url: URL) throws -> Recipe {
    let text: String
    do {
      text = try String(contentsOf: url, encoding: .utf8)
    } catch {
      throw RecipeError.unreadable(path: url.path, reason: systemReason(error))
    }
    let recipe: Recipe
    do {
      try rejectUnknownKeys(in: text, path: url.path)
      recipe = try YAMLDecoder().decode(Recipe.self, from: text)
    } catch let error as RecipeError {
      throw error
    } catch {
      throw RecipeError.malformed(path: url.path, reason: describe(error))
    }
    guard recipe.schema == Recipe.schema else {
      throw RecipeError.malformed(
        path: url.path, reason: "its schema is '\(recipe.schema)', not '\(Recipe.schema)'")
    }
    if let problem = recipe.problem {
      throw RecipeError.malformed(path: url.path, reason: problem)
    }
    return recipe
  }

  /// What is wrong with the values, as one clause, or nil.
  var problem: String? {
    let shares = [split.validationFraction, split.testFraction]
    if !shares.allSatisfy({ $0 >= 0 && $0 < 1 }) || shares[0] + shares[1] >= 1 {
      return
        "the shares of its split are \(shares[0]) and \(shares[1]), but must lie in [0, 1) and "
        + "leave some images to train on"
    }
    if preprocessing.imageSize < 1 || preprocessing.mean.count != 3
      || preprocessing.standardDeviation.count != 3
      || !preprocessing.standardDeviation.allSatisfy({ $0 > 0 })
      || !(preprocessing.cropPercent > 0 && preprocessing.cropPercent <= 1)
    {
      return "preprocessing needs a positive imageSize, three means, three positive standard "
        + "deviations and a cropPercent in (0, 1]"
    }
    if augmentation?.mixup != nil, let chosen = Regimes.all.first(where: { $0.id == regime }),
      !chosen.seesPicturesInEveryEpoch
    {
      return mixingProblem
    }
    return augmentation?.problem ?? decoding?.problem ?? hyperparameters.problem
  }

  /// Why a recipe can't mix pictures whose regime doesn't look at them while it trains.
  private var mixingProblem: String {
    let others = Regimes.all.filter(\.seesPicturesInEveryEpoch).map { "'\($0.id)'" }
    return "its regime '\(regime)' trains on what the network made of the pictures before, so that "
      + "there is nothing to mix; leave mixup and cutmix out, or take "
      + others.joined(separator: " or ")
  }

  /// The error for mixing with a regime that can't.
  package var cannotMix: RecipeError { .unfit(recipe: name, reason: mixingProblem) }

  /// The recipe as YAML, with sorted keys.
  public func yaml() throws -> String {
    try exactYAML(self, width: 100)
  }

  /// Yams' decoder skips keys it doesn't know; a misspelt hyper-parameter must not be lost so.
  private static func rejectUnknownKeys(in text: String, path: String) throws {
    guard let node = try Yams.compose(yaml: text), let mapping = node.mapping else {
      throw RecipeError.malformed(path: path, reason: "it is not a mapping of keys to values")
    }
    func check(_ mapping: Node.Mapping, against known: [String], of place: String) throws {
      for (key, _) in mapping where !known.contains(key.string ?? "") {
        let line = key.mark.map { " (line \($0.line))" } ?? ""
        throw RecipeError.malformed(
          path: path,
          reason: "\(place) has no key '\(key.string ?? "?")'\(line); it has "
            + known.sorted().joined(separator: ", "))
      }
    }
    try check(mapping, against: CodingKeys.allCases.map(\.stringValue), of: "a recipe")
    let parts = [
      ("hyperparameters", Hyperparameters.keys),
      ("model", ["id", "architecture", "weights", "sha256", "details"]),
      ("split", ["validationFraction", "testFraction", "seed"]),
      ("augmentation", Augmentation.keys), ("decoding", ["limits", "background"]),
    ]
    for (name, keys) in parts {
      guard let values = mapping[name]?.mapping else { continue }
      try check(values, against: keys, of: "'\(name)'")
    }
    if let mixup = mapping["augmentation"]?.mapping?["mixup"]?.mapping {
      try check(mixup, against: Mixup.keys, of: "'mixup'")
    }
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case schema, name, model, regime, hyperparameters, preprocessing, augmentation
    case decoding, split, seed
    case weight, reasons, expectedAccuracy, expectedSeconds
  }
}

/// Why a recipe can't be used.
public enum RecipeError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file can't be read.
  case unreadable(path: String, reason: String)
  /// The file is no recipe, or one with a wrong value.
  case malformed(path: String, reason: String)
  /// The regime is not one that can be run.
  case unknownRegime(String, known: [String])
  /// The recipe doesn't fit the network, such as a stage that it lacks.
  case unfit(recipe: String, reason: String)

  /// One sentence for the person.
  public var description: String {
    switch self {
    case .unreadable(let path, let reason): "The recipe \(path) can't be read: \(reason)."
    case .malformed(let path, let reason):
      "The recipe \(path) can't be used: \(reason); 'graft advise --recipes FOLDER' writes "
        + "recipes to start from."
    case .unknownRegime(let name, let known):
      "There is no regime '\(name)' to run; there are \(known.joined(separator: ", "))."
    case .unfit(let recipe, let reason): "The recipe '\(recipe)' can't be run: \(reason)."
    }
  }
}

private func describe(_ error: any Error) -> String {
  switch error {
  case DecodingError.keyNotFound(let key, _): "the key '\(key.stringValue)' is missing"
  case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
    DecodingError.dataCorrupted(let context):
    "the value at '\(context.codingPath.map(\.stringValue).joined(separator: "."))' is of the "
      + "wrong kind"
  default: "\(error)"
  }
}
