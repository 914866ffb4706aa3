import Foundation

/// The taxonomy of transfer-learning tasks, applied: facts in, placement and cited advice out.
///
/// With m the membership of a rule's condition and s the factor of its evidence, a rule weighs
/// w = m · s · Π (1 − m′) over the rules that override it. A regime's score is its base plus
/// Σ w · vote, and its weight the softmax of score / temperature over all regimes. Bands of a
/// hyper-parameter are averaged with w (as logarithms where its scale is logarithmic). All of it is
/// continuous in the facts: no quadrant has an edge.
/// - Reference: Plested, Phiri & Gedeon, arXiv:2205.09904; the weights are Graft's own.
public struct Taxonomy: Sendable {
  /// The rules, citations and constants it applies.
  public let catalog: RuleCatalog

  /// Applies a catalogue, by default the one built into the program.
  public init(catalog: RuleCatalog = .embedded) {
    self.catalog = catalog
  }

  /// The place of a task.
  ///
  /// Size comes from `dataset.trainingImages`, shifted by the network's trainable (or all)
  /// parameters; without them from a given `placement.size`, else ½. Similarity is blended from the
  /// evidence; a `source.similarity` among the facts is taken as it stands and the evidence is only
  /// listed.
  public func place(_ facts: Facts, evidence: [SimilarityEvidence] = []) -> Placement {
    let calibration = catalog.calibration
    let size: Double
    if let images = facts.number(.trainingImages) {
      size = calibration.size(
        images: images,
        trainableParameters: facts.number(.trainableParameters) ?? facts.number(.parameters))
    } else {
      size = facts.number(.size) ?? 0.5
    }
    let blend = calibration.similarity(evidence)
    let similarity =
      facts.number(.similarity).map { Estimate(value: $0, low: $0, high: $0) } ?? blend.estimate
    return Placement(size: size, similarity: similarity, evidence: blend.shares)
  }

  /// Everything the rules have to say about a task.
  ///
  /// Cost: one pass over the rules for each of five points of the similarity's interval.
  public func advise(_ facts: Facts, evidence: [SimilarityEvidence] = []) -> Advice {
    let placement = place(facts, evidence: evidence)
    let verdict = Verdict(catalog: catalog, facts: facts.completed(placement: placement))
    let interval = placement.similarity
    let elsewhere = [0.0, 0.25, 0.75, 1.0].map { part in
      let similarity = interval.low + part * (interval.high - interval.low)
      let moved = placement.movingSimilarity(to: similarity)
      return Verdict(catalog: catalog, facts: facts.completed(placement: moved)).weights
    }
    return Advice(
      schema: Advice.schema, placement: placement, facts: verdict.facts,
      findings: verdict.findings, regimes: verdict.regimes(elsewhere: elsewhere),
      warnings: verdict.warnings, missing: verdict.missing)
  }
}
