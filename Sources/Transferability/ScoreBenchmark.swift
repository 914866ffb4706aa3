import Foundation
import Tensors

/// How long the scores of one network's features take, and what they come to.
public struct ScoreBenchmark: Codable, Sendable {
  /// The schema and its version.
  public static let schema = "graft.score-benchmark/1"

  /// One score.
  public struct Entry: Codable, Sendable {
    /// The score's id.
    public let id: String
    /// Its value, nil where it is not defined.
    public let value: Double?
    /// The least time, with what it shares with scores named before it made.
    public fileprivate(set) var seconds: Double
  }

  /// The schema and its version, as encoded.
  public let schema: String
  /// Rows, features and classes.
  public let rows, features, classes: Int
  /// Threads that computed.
  public let threads: Int
  /// The libraries that computed.
  public let backend: String
  /// Whether scores were computed with the replicates of their intervals.
  public let intervals: Bool
  /// The least time from the table to the statistics: of its blocks where there are intervals.
  public private(set) var statisticsSeconds: Double
  /// The least time of a round: statistics, and every score.
  public private(set) var seconds: Double
  /// The scores in the order of their computation.
  public private(set) var scores: [Entry]

  /// Computes the scores of a table anew in each round, and keeps the least times.
  ///
  /// - Parameters:
  ///   - intervals: whether with replicates, or the values alone.
  ///   - rounds: at least 1.
  /// - Throws: what a score throws.
  public init(
    _ table: FeatureTable, scores: [Score], intervals: Bool = true, rounds: Int
  ) throws {
    schema = Self.schema
    rows = table.labels.count
    features = table.features.rowLength
    classes = Set(table.labels).count
    self.intervals = intervals
    threads = Parallel.threadCount
    backend = LinearAlgebra.backendDescription
    (statisticsSeconds, seconds, self.scores) = (.infinity, .infinity, [])
    for _ in 0..<max(1, rounds) {
      let start = Self.now
      let candidate = Candidate(table, intervals: intervals)
      statisticsSeconds = min(statisticsSeconds, Self.now - start)
      for (place, score) in scores.enumerated() {
        let begin = Self.now
        let outcome = try score(candidate)
        let taken = Self.now - begin
        if place == self.scores.count {
          self.scores.append(Entry(id: score.id, value: outcome.value, seconds: taken))
        }
        self.scores[place].seconds = min(self.scores[place].seconds, taken)
      }
      seconds = min(seconds, Self.now - start)
    }
  }

  private static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) / 1e9 }
}
