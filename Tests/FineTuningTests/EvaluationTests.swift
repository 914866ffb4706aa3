import FineTuning
import Foundation
import Testing
import Transferability

@Suite("Evaluation")
struct EvaluationTests {
  @Test("Accuracy, class means, loss and confusion by hand")
  func byHand() {
    let evaluation = Evaluation(
      probabilities: [[0.7, 0.2, 0.1], [0.5, 0.25, 0.25], [0.1, 0.8, 0.1], [0.25, 0.5, 0.25]],
      labels: [0, 1, 1, 1], classCount: 3)
    #expect(evaluation.count == 4)
    #expect(evaluation.accuracy == 0.75)
    #expect(evaluation.confusion == [[1, 0, 0], [1, 2, 0], [0, 0, 0]])
    // The third class doesn't occur and takes no part in the mean.
    #expect(abs(evaluation.meanClassAccuracy - (1 + 2.0 / 3) / 2) < 1e-12)
    let loss = -(log(0.7) + log(0.25) + log(0.8) + log(0.5)) / 4
    #expect(abs(evaluation.loss - loss) < 1e-6)
  }

  @Test("A probability of zero costs much, but not infinitely much")
  func zeroProbability() {
    let evaluation = Evaluation(probabilities: [[1, 0]], labels: [1], classCount: 2)
    #expect(evaluation.loss.isFinite && evaluation.loss > 60)
    #expect(evaluation.accuracy == 0)
  }

  /// From statsmodels' `proportion_confint(method="wilson")` and Newcombe (1998), table I.
  @Test(
    "Wilson's interval equals published numbers",
    arguments: [
      (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611),
      (1, 29, 0.0061, 0.1718), (20, 20, 0.8389, 1.0),
    ])
  func wilson(successes: Int, count: Int, low: Double, high: Double) {
    let interval = wilsonInterval(successes: successes, of: count)
    #expect(abs(interval[0] - low) < 5.1e-5, "\(interval)")
    #expect(abs(interval[1] - high) < 5.1e-5, "\(interval)")
  }

  @Test("Wilson's interval holds the proportion for every number of successes")
  func wilsonHoldsTheProportion() {
    // Rounding once put the lower end of 0 of 300 above 0.
    for count in [1, 2, 3, 10, 242, 300, 1500] {
      for successes in 0...count {
        let interval = wilsonInterval(successes: successes, of: count)
        let share = Double(successes) / Double(count)
        #expect(0 <= interval[0] && interval[0] <= share, "\(successes) of \(count)")
        #expect(share <= interval[1] && interval[1] <= 1, "\(successes) of \(count)")
      }
    }
  }
}
