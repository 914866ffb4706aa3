public import Advisor
import FineTuning
import Taxonomy
import Transferability

/// Advice for the terminal: ranking, place, findings, recipes.
public enum AdviceText {
  /// The advice as text.
  public static func text(_ report: AdviceReport) -> String {
    ranking(report) + "\n" + place(report) + "\n" + findings(report) + "\n" + recipes(report)
  }

  private static func ranking(_ report: AdviceReport) -> String {
    var table = TextTable([
      ("network", .left), ("expected accuracy (95 %)", .right), ("LogME", .right),
      ("prior", .right), ("similarity", .right), ("parameters", .right), ("trained on", .left),
    ])
    for candidate in report.candidates {
      let logme = report.scorecard.candidates.first { $0.model == candidate.model }?
        .scores["logme"]?.value
      table.add([
        candidate.model,
        Wording.percent(
          candidate.probe.value, low: candidate.probe.low, high: candidate.probe.high),
        Wording.number(logme),
        report.scorecard.prior.candidates.first { $0.model == candidate.model }
          .flatMap(\.rank).map(String.init) ?? "–",
        Wording.number(candidate.similarity.value, digits: 2),
        Wording.number(Double(candidate.parameterCount) / 1e6, digits: 1) + " M",
        candidate.sourceData ?? "–",
      ])
    }
    var text =
      "Which network (\(report.dataset), \(Wording.count(report.imagesLookedAt)) images)\n\n"
    text += table.text
    if let first = report.candidates.first {
      text += Wording.wrapped(
        "Expected accuracy: \(first.probe.method). It says what frozen features give; training more "
          + "of the network may give more.", indent: 0)
    }
    let card = report.scorecard
    text += Wording.wrapped(ScorecardText.prior(card.prior), indent: 0)
    for group in card.indistinguishable {
      text += Wording.wrapped(
        "By \(card.rankedBy) these cannot be told apart: \(group.joined(separator: ", ")).",
        indent: 0)
    }
    return text
  }

  private static func place(_ report: AdviceReport) -> String {
    let place = report.placement
    let quadrants = place.quadrants
    func line(_ name: String, _ value: Double) -> String {
      let filled = Int((value * 20).rounded())
      let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: 20 - filled)
      return "  \(name)  \(bar)  \(Wording.number(value, digits: 2))\n"
    }
    var text = "Place in the taxonomy (0 small or dissimilar, 1 large or similar)\n\n"
    text += line("size      ", place.size)
    text += line("similarity", place.similarity.value)
    text += "              95 % interval \(Wording.number(place.similarity.low, digits: 2))–"
    text += "\(Wording.number(place.similarity.high, digits: 2))\n"
    let shares = [
      ("small, similar", quadrants.smallSimilar), ("small, dissimilar", quadrants.smallDissimilar),
      ("large, similar", quadrants.largeSimilar), ("large, dissimilar", quadrants.largeDissimilar),
    ]
    let parts = shares.map { "\($0.0) \(Wording.percent($0.1))" }
    return text + Wording.wrapped("quadrants   " + parts.joined(separator: ", "), indent: 2)
  }

  private static func findings(_ report: AdviceReport) -> String {
    var text = "What the rules say (weightiest first; 'graft rules show ID' tells more)\n\n"
    for finding in report.findings.prefix(8) {
      text +=
        "  \(finding.title)  [\(finding.ruleID), \(Wording.number(finding.weight, digits: 2))]\n"
      text += Wording.wrapped(finding.message, indent: 4)
    }
    if report.findings.count > 8 {
      text += "  … and \(report.findings.count - 8) more; --json shows all.\n"
    }
    // A warning states a fact; what holds by less than half is not said of the data at hand.
    for warning in report.warnings where warning.membership >= 0.5 {
      text += Wording.wrapped("Beware: \(warning.message) [\(warning.ruleID)]", indent: 2)
    }
    return text
  }

  private static func recipes(_ report: AdviceReport) -> String {
    var text = "Recipes, best first\n"
    for (index, recipe) in report.recipes.enumerated() {
      text += "\n  \(index + 1). \(recipe.name)"
      if let weight = recipe.weight { text += "  (\(Wording.percent(weight)) of the weight)" }
      text += "\n" + Wording.wrapped(RecipeText.values(recipe.hyperparameters), indent: 5)
      if let expected = recipe.expectedAccuracy {
        text += "     expected accuracy "
        text += Wording.percent(expected.value, low: expected.low, high: expected.high) + "\n"
      }
      if let seconds = recipe.expectedSeconds {
        text += "     about \(Wording.duration(seconds)) on this machine\n"
      }
      let shown = index == 0 ? recipe.reasons.prefix(4) : recipe.reasons.prefix(1)
      for reason in shown {
        text += Wording.wrapped("because: \(reason.why) [\(reason.rule)]", indent: 5)
        for citation in reason.citations { text += Wording.wrapped(citation, indent: 9) }
      }
    }
    let waiting = report.regimes.prefix(6).filter { regime in
      !report.recipes.contains { $0.regime == regime.regime }
    }
    if !waiting.isEmpty {
      text += "\n"
      text += Wording.wrapped(
        "The rules also speak for "
          + waiting.map { "\($0.regime) (\(Wording.percent($0.weight)))" }.joined(separator: ", ")
          + ", which this version of Graft doesn't run.", indent: 2)
    }
    return text
  }
}
