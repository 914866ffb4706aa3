import Foundation
public import Transferability

/// A scorecard for the terminal.
public enum ScorecardText {
  /// The scorecard as text: the ranking, then the scores asked for, then what to know about them.
  ///
  /// - Parameter shown: ids of scores for a table of their own; none where empty.
  public static func text(_ scorecard: Scorecard, showing shown: [String] = []) -> String {
    var text = ranking(scorecard) + "\n" + remarks(scorecard)
    let scores = Score.all.filter { shown.contains($0.id) }
    if !scores.isEmpty { text += "\n" + table(of: scores, scorecard) }
    text += notes(scorecard, [scorecard.rankedBy] + scores.map(\.id))
    if let agreement = scorecard.agreement { text += "\n" + self.text(agreement) }
    return text
  }

  private static func ranking(_ scorecard: Scorecard) -> String {
    let name = Score.all.first { $0.id == scorecard.rankedBy }?.name ?? scorecard.rankedBy
    var table = TextTable([
      ("rank", .right), ("model", .left), ("\(name) (95 %)", .right),
      ("expected accuracy (95 %)", .right), ("P(best)", .right), ("prior", .right),
      ("combined", .right),
    ])
    for candidate in scorecard.candidates {
      let prior = scorecard.prior.candidates.first { $0.model == candidate.model }
      let combined = scorecard.combined?.candidates.first { $0.model == candidate.model }
      table.add([
        candidate.rank.map(String.init) ?? "–", candidate.model,
        cell(candidate.scores[scorecard.rankedBy]), expected(candidate.expectedAccuracy),
        candidate.pBest.map { Wording.number($0, digits: 2) } ?? "–",
        prior.flatMap(\.rank).map(String.init) ?? "–", combined.map { "\($0.rank)" } ?? "–",
      ])
    }
    return table.text
  }

  private static func expected(_ accuracy: ExpectedAccuracy) -> String {
    guard let value = accuracy.value, let low = accuracy.low, let high = accuracy.high else {
      return "–"
    }
    return Wording.percent(value, low: low, high: high)
  }

  private static func remarks(_ scorecard: Scorecard) -> String {
    var text = Wording.wrapped("Ranked by \(scorecard.rankedBy); higher is better.", indent: 0)
    for group in scorecard.indistinguishable {
      text += Wording.wrapped(
        "These cannot be told apart on this data: \(group.joined(separator: ", ")).", indent: 0)
    }
    var told = Set<[Int]>()
    for candidate in scorecard.candidates where candidate.rowCount < candidate.populationCount {
      guard told.insert([candidate.rowCount, candidate.populationCount]).inserted else { continue }
      text += Wording.wrapped(
        "\(Wording.count(candidate.rowCount)) of \(Wording.count(candidate.populationCount)) rows were "
          + "looked at; the intervals of the scores are for all of them.", indent: 0)
    }
    if let first = scorecard.candidates.first {
      text += Wording.wrapped(
        "Expected accuracy: \(first.expectedAccuracy.method). Training more of the network may give "
          + "more.", indent: 0)
    }
    text += Wording.wrapped(prior(scorecard.prior), indent: 0)
    if let combined = scorecard.combined, !combined.scores.isEmpty {
      text += Wording.wrapped(
        "Combined: the prior and \(combined.scores.joined(separator: ", ")), each weighted as "
          + "published tables justify (benchmarks/priors.md).", indent: 0)
    }
    return text
  }

  /// What the static prior rests on, in one sentence.
  static func prior(_ prior: StaticPrior) -> String {
    guard let basis = prior.basis, let tau = prior.publishedTau else {
      return "Prior: nothing is known of these networks that could rank them beforehand."
    }
    let ground =
      switch basis {
      case .publishedRanks: "mean rank of the architecture on eleven published data sets"
      case .sourceAccuracy: "published ImageNet top-1 accuracy of the architecture"
      case .parameters: "number of parameters"
      }
    let unknown = prior.candidates.filter { $0.rank == nil }.map(\.model)
    return "Prior: what one would choose without looking at the data, by \(ground) (weighted τ "
      + "\(Wording.number(tau, digits: 2)) on published tables)"
      + (unknown.isEmpty ? "." : "; it knows nothing of \(unknown.joined(separator: ", ")).")
  }

  /// Every score with its interval: a row for each score, since there may be many.
  private static func table(of scores: [Score], _ scorecard: Scorecard) -> String {
    var table = TextTable(
      [("score (95 %)", .left)]
        + scorecard.candidates.map { ($0.model, TextTable.Alignment.right) })
    for score in scores {
      table.add([score.id] + scorecard.candidates.map { cell($0.scores[score.id]) })
      let pooled = scorecard.candidates.map { $0.scores[score.id]?.pooled }
      if pooled.contains(where: { $0 != nil }) {
        table.add(["  in this pool"] + pooled.map { Wording.number($0) })
      }
    }
    return table.text
  }

  private static func notes(_ scorecard: Scorecard, _ ids: [String]) -> String {
    var text = ""
    var told = Set<String>()
    for id in ids where told.insert(id).inserted {
      let notes = scorecard.candidates.compactMap { candidate in
        note(candidate, id).map { (candidate.model, $0) }
      }
      guard let first = notes.first else { continue }
      // What holds for all is said once.
      if notes.count == scorecard.candidates.count, notes.allSatisfy({ $0.1 == first.1 }) {
        text += Wording.wrapped("note: \(id): \(first.1)", indent: 0)
      } else {
        for (model, note) in notes {
          text += Wording.wrapped("note: \(model), \(id): \(note)", indent: 0)
        }
      }
    }
    return text
  }

  /// A score's note without what is said of the whole card already.
  private static func note(_ candidate: Scorecard.CandidateScores, _ id: String) -> String? {
    let limit = Scorecard.Entry.limitRemark(
      rows: candidate.rowCount, of: candidate.populationCount)
    let parts = candidate.scores[id]?.note?.components(separatedBy: "; " + limit).filter {
      $0 != limit
    }
    let rest = parts?.joined() ?? ""
    return rest.isEmpty ? nil : rest
  }

  private static func text(_ agreement: ScorecardAgreement) -> String {
    var table = TextTable([
      ("ranking", .left), ("networks", .right), ("τ_w", .right), ("τ_w by accuracy", .right),
      ("Pearson", .right), ("Rel@1", .right), ("Rel@3", .right), ("Recall@3", .right),
      ("regret, points", .right),
    ])
    let order = ["prior", "combined"] + Score.all.flatMap { [$0.id, $0.id + ".pooled"] }
    for id in order {
      guard let ranking = agreement.rankings[id] else { continue }
      table.add([
        id, "\(ranking.modelCount)", Wording.number(ranking.weightedTau),
        Wording.number(ranking.weightedTauByAccuracy), Wording.number(ranking.pearson),
        Wording.number(ranking.rel["1"], digits: 4), Wording.number(ranking.rel["3"], digits: 4),
        Wording.number(ranking.recall["3"], digits: 2),
        Wording.number(ranking.regretPoints, digits: 2),
      ])
    }
    let chance = agreement.chance
    func range(_ ends: [Double]) -> String {
      "\(Wording.number(ends.first, digits: 2)) to \(Wording.number(ends.last, digits: 2))"
    }
    return "Against known accuracies of \(chance.modelCount) networks\n\n" + table.text
      + Wording.wrapped(
        "Chance: 90 % of \(chance.isExact ? "all" : "random") orders of \(chance.modelCount) networks "
          + "have τ_w \(range(chance.weightedTau)) (by accuracy "
          + "\(range(chance.weightedTauByAccuracy))); within that a ranking shows nothing. τ_w: mean of "
          + "both orders; by accuracy: the ranks of the accuracies weigh.", indent: 0)
  }

  private static func cell(_ entry: Scorecard.Entry?) -> String {
    guard let entry, let value = entry.value else { return "–" }
    guard let low = entry.low, let high = entry.high else { return Wording.number(value) }
    return "\(Wording.number(value)) (\(Wording.number(low))…\(Wording.number(high)))"
  }
}
