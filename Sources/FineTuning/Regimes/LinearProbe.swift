import Checkpoints
import Datasets
import Foundation
public import Images
public import Networks
package import Tensors
package import Transferability

/// Multinomial logistic regression on frozen features.
///
/// The network is run once over every picture; a classifier is fitted to the cached features by
/// L-BFGS for each penalty of a list, warm-started from the stronger one before; the penalty with
/// the best validation accuracy (at a tie the lower loss) is kept, and the classifier is fitted once
/// more on training and validation images together.
///
/// - Reference: Kornblith, Shlens & Le (2019), "Do better ImageNet models transfer better?", §A.3.
public struct LinearProbe: Regime {
  /// Creates the regime.
  public init() {}

  /// `linear-probe`.
  public var id: String { "linear-probe" }
  /// What it does.
  public var summary: String {
    "Fits a multinomial logistic regression to the frozen network's features."
  }
  /// Where it comes from.
  public var reference: String {
    "Kornblith, Shlens & Le, Do better ImageNet models transfer better?, CVPR 2019"
  }

  /// Twelve penalties from 1 to 3e-6 on features of unit scale, and the refit.
  public func defaults(trainingImages: Int, network: Network) -> Hyperparameters {
    var values = Hyperparameters()
    values.penalties = [
      1, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 3e-4, 1e-4, 3e-5, 1e-5, 3e-6,
    ]
    values.refit = true
    return values
  }

  /// None: features are computed once.
  public func augmentation(flipProbability: Double?) -> Augmentation? { nil }

  /// One pass over the images.
  public func cost(of hyperparameters: Hyperparameters, images: Int) -> Double { Double(images) }

  /// Fits the classifier.
  public func train(_ job: TrainingJob) throws -> TrainedModel {
    let wanted = job.dataset.subset(
      at: job.dataset.samples.indices.filter { job.dataset.samples[$0].split != .test })
    job.events(.phase("Embedding \(wanted.samples.count) images with \(job.model.card.id)"))
    let embedded = try EmbeddedDataset.compute(
      wanted, model: job.model, options: job.embedding, events: job.events,
      cancellation: job.cancellation)
    let table = embedded.embeddings
    let splitOf = Dictionary(
      wanted.samples.map { ($0.id, $0.split) }, uniquingKeysWith: { first, _ in first })
    let training = table.paths.indices.filter { splitOf[table.paths[$0]] == .train }
    let validation = table.paths.indices.filter { splitOf[table.paths[$0]] == .validation }
    guard !training.isEmpty else { throw EmbeddingError.nothingReadable(dataset: wanted.name) }

    let classCount = wanted.classNames.count
    let penalties = (job.recipe.hyperparameters.penalties ?? []).sorted(by: >)
    job.events(.phase("Fitting a classifier for each of \(penalties.count) penalties"))
    let problem = SoftmaxRegression.Problem(
      features: table.features, labels: table.labels, classCount: classCount, rows: training)
    var best: (penalty: Double, probe: SoftmaxRegression, evaluation: Evaluation?)?
    var previous: SoftmaxRegression?
    for (index, penalty) in penalties.enumerated() {
      try job.cancellation.check()
      let probe = problem.fit(penalty: penalty, from: previous)
      previous = probe
      let evaluation = Self.evaluation(of: probe, table, rows: validation, classCount)
      if best == nil || Self.isBetter(evaluation, than: best?.evaluation) {
        best = (penalty, probe, evaluation)
      }
      job.events(.progress(done: index + 1, total: penalties.count, unit: "penalties"))
    }
    guard var best else {
      throw RecipeError.unfit(recipe: job.recipe.name, reason: "it names no penalty to try")
    }
    if job.recipe.hyperparameters.refit ?? true, !validation.isEmpty {
      best.probe = SoftmaxRegression.Problem(
        features: table.features, labels: table.labels, classCount: classCount
      ).fit(penalty: best.penalty, from: best.probe)
    }
    return TrainedModel(
      network: try Self.network(
        job.model.network, with: best.probe, features: table.features,
        imageSize: job.recipe.preprocessing.imageSize),
      chosen: ["penalty": best.penalty], history: [], validation: best.evaluation,
      unreadable: embedded.unreadable)
  }

  private static func evaluation(
    of probe: SoftmaxRegression, _ table: Embeddings, rows: [Int], _ classCount: Int
  ) -> Evaluation? {
    guard !rows.isEmpty else { return nil }
    let width = table.featureCount
    var features = Tensor(shape: [rows.count, width])
    features.withUnsafeMutableBufferPointer { target in
      table.features.withUnsafeBufferPointer { source in
        for (place, row) in rows.enumerated() {
          for d in 0..<width { target[place * width + d] = source[row * width + d] }
        }
      }
    }
    return Evaluation(
      probabilities: probe.probabilities(of: features), labels: rows.map { table.labels[$0] },
      classCount: classCount)
  }

  private static func isBetter(_ a: Evaluation?, than b: Evaluation?) -> Bool {
    guard let a, let b else { return false }
    return a.accuracy != b.accuracy ? a.accuracy > b.accuracy : a.loss < b.loss
  }

  /// The network with the probe as its classifier.
  ///
  /// Where a ReLU follows the classifier, a constant that softmax doesn't see lifts all scores above
  /// its cut. With features that are means of P non-negative values each, no place of an image can
  /// score less than `−P Σ_d max(0, −w_dc) x_d + b_c`; the greatest shortfall over the images at
  /// hand is the constant.
  package static func network(
    _ network: Network, with probe: SoftmaxRegression, features: Tensor, imageSize: Int
  ) throws -> Network {
    let classes = probe.bias.count
    let width = probe.weights.rows
    var weight = Tensor(shape: [classes, width])
    weight.withUnsafeMutableBufferPointer { target in
      for c in 0..<classes {
        for d in 0..<width { target[c * width + d] = Float(probe.weights[d, c]) }
      }
    }
    var lift = 0.0
    if let positions = try network.replacingHead(classCount: classes, seed: 0)
      .rectifiedHeadPositions(imageSize: imageSize)
    {
      let negative = Matrix(
        rows: width, columns: classes, values: probe.weights.values.map { max(0, -$0) })
      let depths = LinearAlgebra.multiply(Matrix(features), negative).values
      for (place, depth) in depths.enumerated() {
        lift = max(lift, Double(positions) * depth - probe.bias[place % classes])
      }
    }
    return try network.replacingHead(
      weight: weight,
      bias: Tensor(shape: [classes], values: probe.bias.map { Float($0 + lift) }))
  }
}
