public import Transferability

/// What `graft bench scores` prints.
public enum ScoreBenchmarkText {
  /// The measurement as text.
  public static func text(_ result: ScoreBenchmark) -> String {
    var table = TextTable([
      ("score", .left), ("value", .right), ("s", .right),
    ])
    for score in result.scores {
      table.add([
        score.id, Wording.number(score.value, digits: 6), Wording.number(score.seconds, digits: 3),
      ])
    }
    return """
      \(result.rows) rows, \(result.features) features, \(result.classes) classes, \
      \(result.threads) threads, \(result.backend), \
      \(result.intervals ? "with intervals" : "values alone")
      statistics \(Wording.number(result.statisticsSeconds, digits: 3)) s, \
      all \(Wording.number(result.seconds, digits: 3)) s

      \(table.text)
      """
  }
}
