import Profiling
import Testing

@Suite("Confident learning")
struct ConfidentLearningTests {
  @Test("Thresholds, the confident joint and the ranking, by hand")
  func byHand() {
    // Class 0: mean of p(0) is (0.9 + 0.8 + 0.1) / 3 = 0.6; class 1: (0.7 + 0.9 + 0.35) / 3 = 0.65.
    let probabilities: [[Float]] = [
      [0.9, 0.1], [0.8, 0.2], [0.1, 0.9], [0.3, 0.7], [0.1, 0.9], [0.65, 0.35],
    ]
    let learning = ConfidentLearning(probabilities: probabilities, labels: [0, 0, 0, 1, 1, 1])
    #expect(learning.issues.map(\.row) == [2, 5])
    #expect(learning.issues.map(\.suggested) == [1, 0])
    #expect(abs(learning.issues[0].margin + 0.8) < 1e-6)
    #expect(abs(learning.issues[1].margin + 0.3) < 1e-6)
  }

  @Test("A class that the classifier is never sure of takes less to be suggested")
  func uncertainClass() {
    // Row 0 is filed under 0 and says 1 with 0.45: above class 1's threshold of 0.4, below class 2's.
    let probabilities: [[Float]] = [
      [0.2, 0.45, 0.35], [0.9, 0.05, 0.05], [0.3, 0.4, 0.3], [0.0, 0.0, 1.0],
    ]
    let learning = ConfidentLearning(probabilities: probabilities, labels: [0, 0, 1, 2])
    #expect(learning.issues.map(\.row) == [0] && learning.issues.map(\.suggested) == [1])
  }

  @Test("No rows, no issues")
  func empty() {
    #expect(ConfidentLearning(probabilities: [], labels: []).issues.isEmpty)
  }
}
