public import Transferability

/// A scorecard for the terminal.
public enum ScorecardText {
  /// The scorecard as text.
  public static func text(_ scorecard: Scorecard) -> String {
    let scores = Score.all.filter { score in
      scorecard.candidates.contains { $0.scores[score.id] != nil }
    }
    var table = TextTable(
      [("rank", .right), ("model", .left)]
        + scores.map { ("\($0.name) (95 %)", TextTable.Alignment.right) })
    for candidate in scorecard.candidates {
      table.add(
        [candidate.rank.map(String.init) ?? "–", candidate.model]
          + scores.map { cell(candidate.scores[$0.id]) })
    }
    var text = table.text
    text += "\nRanked by \(scorecard.rankedBy); higher is better in every column.\n"
    for group in scorecard.indistinguishable {
      text += Wording.wrapped(
        "These cannot be told apart on this data: \(group.joined(separator: ", ")).", indent: 0)
    }
    var notes = Set<String>()
    for candidate in scorecard.candidates {
      for score in scores {
        guard let note = candidate.scores[score.id]?.note else { continue }
        let line = "\(candidate.model), \(score.name): \(note)"
        if notes.insert(line).inserted { text += Wording.wrapped("note: " + line, indent: 0) }
      }
    }
    return text
  }

  private static func cell(_ entry: Scorecard.Entry?) -> String {
    guard let entry, let value = entry.value else { return "–" }
    guard let low = entry.low, let high = entry.high else { return Wording.number(value) }
    return "\(Wording.number(value)) (\(Wording.number(low))…\(Wording.number(high)))"
  }
}
