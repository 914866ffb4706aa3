import Profiling
import Tensors
import Testing

/// Which labels are called likely wrong and which doubtful, on answers and features made by hand.
struct LabelDoubtsTests {
  /// Two classes of thirty whose features lie in two directions; the first row's label is doubted.
  ///
  /// - Parameters:
  ///   - answer: what the probe says of the first row, whose label is class 0.
  ///   - own: how many of its ten nearest neighbours have its label.
  ///   - confidence: what the probe says of every other row's own class.
  private func doubts(
    answer: [Float], own: Int, confidence: Float = 0.95, size: Int = 30
  ) -> LabelDoubts {
    var labels = [0]
    var features: [Float] = [0, 0, 1]
    var probabilities = [answer]
    for label in 0..<2 {
      for number in 0..<(label == 0 ? size - 1 : 30) {
        labels.append(label)
        // The first `own` of class 0 and 10 − own of class 1 lie where the doubted row does.
        let isNear = number < (label == 0 ? own : 10 - own)
        let spread = Float(number) / 1000
        features += isNear ? [spread, 0, 1] : [label == 0 ? 1 : -1, spread, -0.5]
        probabilities.append(
          label == 0 ? [confidence, 1 - confidence] : [1 - confidence, confidence])
      }
    }
    // The doubted row alone in its fold: all others are its neighbours, itself never.
    let fold = labels.indices.map { $0 == 0 ? 0 : 1 + $0 % 4 }
    let space = FeatureSpace(
      Tensor(shape: [labels.count, 3], values: features),
      rowOf: Dictionary(uniqueKeysWithValues: labels.indices.map { ($0, $0) }))
    return LabelDoubts(probabilities: probabilities, labels: labels, fold: fold, space: space)
  }

  @Test func likelyNeedsThreeWitnesses() {
    let sure = doubts(answer: [0.02, 0.98], own: 1)
    #expect(sure.likely.map(\.row) == [0] && sure.doubtful.isEmpty)
    #expect(sure.likely.first?.suggested == 1)
    // Neighbours of its own class: three are too many, and so is a majority.
    #expect(doubts(answer: [0.02, 0.98], own: 2).likely.map(\.row) == [0])
    for own in [3, 6] {
      let torn = doubts(answer: [0.02, 0.98], own: own)
      #expect(torn.likely.isEmpty && torn.doubtful.map(\.row) == [0], "\(own)")
    }
    // On the confident joint's diagonal, as the others are surer.
    let lukewarm = doubts(answer: [0.1, 0.9], own: 1, confidence: 0.95)
    #expect(lukewarm.likely.isEmpty && lukewarm.doubtful.map(\.row) == [0])
    // Off the diagonal, yet by a narrow margin.
    let narrow = doubts(answer: [0.2, 0.8], own: 1, confidence: 0.75)
    #expect(narrow.likely.isEmpty && narrow.doubtful.map(\.row) == [0])
  }

  @Test func doubtNeedsAReason() {
    // The probe agrees with the label: no neighbours matter.
    #expect(doubts(answer: [0.6, 0.4], own: 0).doubtful.isEmpty)
    // It disagrees a little: two neighbours of its own class are enough for the label, one is not.
    #expect(doubts(answer: [0.4, 0.6], own: 2).doubtful.isEmpty)
    #expect(doubts(answer: [0.4, 0.6], own: 1).doubtful.map(\.row) == [0])
  }

  @Test func smallClassesAreLeftAlone() {
    #expect(doubts(answer: [0.02, 0.98], own: 0, size: 5).likely.map(\.row) == [0])
    let four = doubts(answer: [0.02, 0.98], own: 0, size: 4)
    #expect(four.likely.isEmpty && four.doubtful.isEmpty)
  }

  @Test func foldsKeepGroupsAndBalanceClasses() {
    let labels = (0..<100).map { $0 % 2 }
    let groups = [[0, 2, 4], [1, 3], [10, 50, 90]]
    let folds = ProbeFolds(
      labels: labels, keys: labels.indices.map(String.init), groups: groups, count: 5, seed: 3)
    for group in groups { #expect(Set(group.map { folds.fold[$0] }).count == 1) }
    for fold in 0..<5 {
      for label in 0..<2 {
        let count = labels.indices.filter { labels[$0] == label && folds.fold[$0] == fold }.count
        #expect((7...13).contains(count), "fold \(fold), class \(label): \(count)")
      }
    }
  }
}
