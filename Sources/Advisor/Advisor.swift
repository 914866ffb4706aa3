public import Checkpoints
public import Datasets
public import FineTuning
public import Foundation
import Images
public import Networks
public import Profiling
public import Taxonomy
public import Transferability

/// Answers the three questions: gathers what must be known, asks the taxonomy, writes recipes.
public struct Advisor: Sendable {
  /// The data, as opened; it knows its near-duplicates, so that no split parts them.
  public var dataset: Dataset
  /// What a look at every picture said.
  public var examination: Examination
  /// The networks to choose from.
  public var models: [Model]
  /// At most this many training images are looked at to compare networks.
  public var limit: Int
  /// The seed of every drawing.
  public var seed: UInt64
  /// How embeddings are computed and kept.
  public var embedding: EmbeddingOptions
  /// The rules.
  public var taxonomy: Taxonomy
  /// Receives progress.
  public var events: RunEventHandler
  /// Asks the work to stop.
  public var cancellation: Cancellation

  /// Prepares answers.
  /// - Precondition: at least one model.
  public init(
    examination: Examination, models: [Model], limit: Int, seed: UInt64,
    embedding: EmbeddingOptions, taxonomy: Taxonomy, events: @escaping RunEventHandler,
    cancellation: Cancellation
  ) {
    precondition(!models.isEmpty)
    self.examination = examination
    dataset = examination.keepingDuplicatesTogether
    self.models = models
    self.limit = limit
    self.seed = seed
    self.embedding = embedding
    self.taxonomy = taxonomy
    self.events = events
    self.cancellation = cancellation
  }

  /// How a recipe sets images aside; a fifth for a test split where the data has none.
  private var split: Recipe.Split {
    Recipe.Split(testFraction: dataset.splits.contains(.test) ? 0 : 0.2, seed: seed)
  }

  /// The images that choices may see; all where there are no others.
  private var visible: Dataset {
    let data = dataset.split(
      validationFraction: split.validationFraction, testFraction: split.testFraction,
      seed: split.seed)
    let rest = data.subset(at: data.samples.indices.filter { data.samples[$0].split != .test })
    return rest.samples.isEmpty ? dataset : rest
  }

  /// The images that the candidates are compared on: all that recipes may see, or a draw of them.
  ///
  /// No choice may see an image that is held back for the test.
  private var compared: Dataset {
    let whole = visible
    guard whole.samples.count > limit else { return whole }
    // Each split gives its share of the limit, so that together they keep to it.
    let kept = Set(
      whole.splits.flatMap { split in
        let part = whole.subset(of: split)
        let share = max(1, limit * part.samples.count / whole.samples.count)
        return part.limited(to: share, seed: seed).samples.map(\.id)
      })
    return whole.subset(at: whole.samples.indices.filter { kept.contains(whole.samples[$0].id) })
  }

  /// The embeddings of the compared images under every candidate.
  private func embeddings() throws -> [EmbeddedDataset] {
    let data = compared
    return try models.map { model in
      events(.phase("Embedding \(data.samples.count) images with \(model.card.id)"))
      let result = try EmbeddedDataset.compute(
        data, model: model, options: embedding, events: events, cancellation: cancellation)
      for sentence in result.unreadable { events(.note(sentence)) }
      return result
    }
  }

  /// Which network to start from: the transferability scores of every candidate.
  public func score(
    _ scores: [Score] = Score.all, rankedBy ranking: String = "logme"
  ) throws -> Scorecard {
    try scorecard(try embeddings(), scores, rankedBy: ranking)
  }

  /// The scores of the candidates' embeddings, with what their cards say of them.
  private func scorecard(
    _ tables: [EmbeddedDataset], _ scores: [Score], rankedBy ranking: String
  ) throws -> Scorecard {
    let population = visible.samples.count
    let isDrawn = compared.samples.count < population
    let facts = models.map { model in
      (
        model.card.id,
        NetworkFacts(
          architecture: model.card.architecture, parameterCount: model.network.parameterCount,
          sourceData: model.card.sourceData?.name, statedAccuracy: model.card.sourceAccuracy)
      )
    }
    return try Scorecard(
      sources: tables.map(\.embeddings).map { embeddings in
        try FeatureSource(
          model: embeddings.model, features: FeatureRows(embeddings.features),
          labels: embeddings.labels,
          sourceProbabilities: embeddings.sourceProbabilities.map(FeatureRows.init),
          // Pictures that could not be read are missing from the rows, and were not drawn from.
          populationCount: isDrawn ? population : nil)
      }, facts: Dictionary(facts, uniquingKeysWith: { first, _ in first }), scores: scores,
      rankedBy: ranking, seed: seed, progress: Self.progress(events, cancellation))
  }

  /// Shows the steps of scoring, and stops where asked to.
  public static func progress(
    _ events: @escaping RunEventHandler, _ cancellation: Cancellation
  ) -> (Scorecard.Step) throws -> Void {
    { step in
      try cancellation.check()
      switch step {
      case .reading(let model, let rows, let count):
        if rows == 0, count > Candidate.tableLimit {
          events(.phase("Reading \(count) rows of \(model)"))
        }
        events(.progress(done: rows, total: count, unit: "rows"))
      case .scoring(_, _, let place, let count):
        events(.progress(done: place, total: count, unit: "scores"))
      }
    }
  }

  /// Which strategy to use: a place in the taxonomy, findings, and ranked recipes.
  public func advise() throws -> AdviceReport {
    let profile = examination.profile()
    let tables = try embeddings()
    events(.phase("Scoring \(models.count) candidates"))
    // Advice rests on the probe; scores from sums over the rows cost next to nothing beside it.
    let scorecard = try scorecard(
      tables, Score.all.filter { $0.scope == .allRows }, rankedBy: "logme")
    var studies: [CandidateStudy] = []
    for (model, table) in zip(models, tables) {
      try cancellation.check()
      studies.append(
        try CandidateStudy(
          model: model, table: table, images: compared, seed: seed, scorecard: scorecard))
    }
    // Stable: at a tie the candidate named first stays first.
    let order = studies.indices.sorted {
      (-studies[$0].probe.value, $0) < (-studies[$1].probe.value, $1)
    }
    let ranked = order.map { studies[$0] }
    let best = ranked[0]
    let apart = ranked.count < 2 ? nil : best.probe.low > ranked[1].probe.high
    let facts = FactGathering(
      profile: profile, model: best.model, probe: best.probe, chance: best.chance,
      candidateCount: models.count, topDistinguishable: apart
    ).facts
    let advice = taxonomy.advise(facts, evidence: best.evidence)
    let writing = writing(for: best.model, study: best)
    return AdviceReport(
      dataset: dataset.name, imagesLookedAt: compared.samples.count,
      candidates: ranked.map { study in
        study.summary(similarity: taxonomy.place(facts, evidence: study.evidence).similarity)
      },
      scorecard: scorecard, placement: advice.placement, facts: advice.facts,
      findings: advice.findings, warnings: advice.warnings, regimes: advice.regimes,
      recipes: writing.recipes(from: advice))
  }

  /// The recipe of one regime with the first model, by the regime's own defaults.
  ///
  /// - Throws: `RecipeError.unknownRegime`.
  public func recipe(regime id: String) throws -> Recipe {
    writing(for: models[0], study: nil).recipe(try Regimes.named(id))
  }

  private func writing(for model: Model, study: CandidateStudy?) -> RecipeWriting {
    let trained = dataset.split(
      validationFraction: split.validationFraction, testFraction: split.testFraction,
      seed: split.seed
    ).subset(of: .train)
    return RecipeWriting(
      model: model, trainingImages: trained.samples.count, split: split,
      decoding: dataset.decoding, seed: seed,
      imagesPerSecond: study?.imagesPerSecond, probe: study?.probe)
  }
}
