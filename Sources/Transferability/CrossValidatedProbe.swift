import Foundation
import Tensors

/// The accuracy of a linear probe on rows that it was not fitted to.
///
/// The rows are dealt to five folds, class by class in a random order (seed 0). For each fold a
/// `SoftmaxRegression` is fitted to the others' rows, centred and divided by their root mean square,
/// with the classes that these have; the score is the share of all rows whose most probable class is
/// their own. The penalty λ is chosen on the first fold: from 1 down by tens to 10⁻³, until the
/// cross-entropy of its rows rises. A fit ends when a step lowers the objective by less than 10⁻¹⁰ of
/// it or 200 steps are made (10⁻³ and 15 where N·k·C is above 10⁷). Fewer than five rows make as many
/// folds; at most max(2000, 25 C) rows are used, a stratified sample.
///
/// In [0, 1]. The interval of a large table is that of the mean of right answers over blocks of rows,
/// the fits held; a small one is fitted again.
/// - Complexity: O(NkC) for each of some tens of iterations of about eight fits, k the rank of the
///   features.
/// - Reference: Kornblith, Shlens & Le, "Do better ImageNet models transfer better?", CVPR 2019,
///   appendix A.3; Stone, JRSS B 36 (1974), eq. 2.1 (cross-validation).
public enum CrossValidatedProbe {
  /// Number of folds.
  static let folds = 5
  /// The penalties, strongest first.
  static let penalties = [1, 0.1, 0.01, 0.001]

  static let score = Score(
    id: "linear-probe", name: "Linear probe",
    summary: "Accuracy of multinomial logistic regression, five-fold cross-validated, 0 to 1.",
    need: .features, cost: "O(ND min(N, D) + NDC) time, O(ND) memory",
    reference: "Kornblith et al., CVPR 2019, appendix A.3; Stone 1974, eq. 2.1", evaluate: outcome)

  /// The most rows; the same for all candidates, whatever their number of features.
  private static func limit(classes: Int) -> Int { max(2000, 25 * classes) }

  private static func outcome(_ candidate: Candidate) throws -> Score.Outcome {
    guard let features = try candidate.ordered, let answers = try Answers(candidate),
      let value = answers.share(without: nil)
    else { return Score.Outcome(undefined: "no feature varies over the images") }
    let limit = CrossValidatedProbe.limit(classes: features.classCount)
    var notes =
      features.rowCount > limit ? ["of \(limit) of the \(features.rowCount) rows"] : []
    var replicates = candidate.recomputedWithoutEachBlock(passes: 600) {
      try Answers($0)?.share(without: nil)
    }
    if replicates.isEmpty {
      replicates = candidate.deletions.map { answers.share(without: $0) }
      notes.append("the interval holds the fits")
    }
    return Score.Outcome(
      value: value, replicates: replicates,
      note: notes.isEmpty ? nil : notes.joined(separator: "; "))
  }

  /// Which of the rows used are named rightly.
  private struct Answers {
    let isRight: [Bool]
    let blocks: [Int]

    /// nil where no feature varies.
    init?(_ candidate: Candidate) throws {
      guard let features = try candidate.ordered, let rows = try candidate.principalScores,
        rows.columns > 0
      else { return nil }
      let random = CounterRandom(seed: 0, key: "linear-probe")
      let chosen = StratifiedSample.rows(
        of: features, limit: CrossValidatedProbe.limit(classes: features.classCount),
        random: random)
      let foldOf = CrossValidatedProbe.folds(of: features, chosen: chosen)
      let all = CrossValidatedProbe.rightAnswers(
        rows, features, foldOf: foldOf, count: (foldOf.max() ?? 0) + 1)
      isRight = chosen.map { all[$0] }
      blocks = chosen.map { features.blockOfRow[$0] }
    }

    /// The share of right answers outside a block; nil where no row is left.
    func share(without block: Int?) -> Double? {
      let kept = blocks.indices.filter { blocks[$0] != block }
      return kept.isEmpty ? nil : Double(kept.count { isRight[$0] }) / Double(kept.count)
    }
  }

  /// The fold of each row, −1 for rows that are not used.
  private static func folds(of features: OrderedFeatures, chosen: [Int]) -> [Int] {
    let random = CounterRandom(seed: 0, key: "linear-probe folds")
    let count = min(folds, chosen.count)
    let isChosen = chosen.reduce(into: [Bool](repeating: false, count: features.rowCount)) {
      $0[$1] = true
    }
    var foldOf = [Int](repeating: -1, count: features.rowCount)
    var dealt = 0
    for class_ in 0..<features.classCount {
      for row in StratifiedSample.shuffled(features, class_, random) where isChosen[row] {
        foldOf[row] = dealt % count
        dealt += 1
      }
    }
    return foldOf
  }

  /// Whether each row's most probable class, by the fit without its fold, is its own.
  private static func rightAnswers(
    _ rows: Matrix, _ features: OrderedFeatures, foldOf: [Int], count: Int
  ) -> [Bool] {
    let first = best(of: penalties, rows, features, foldOf: foldOf, fold: 0)
    var results = [[Int: Int]](repeating: first.answers, count: max(1, count))
    results.withUnsafeMutableBufferPointer { results in
      // A fold is a unit: much of a fit is not worth splitting.
      Parallel.forEach(count - 1) { index in
        results[index + 1] =
          best(of: [first.penalty], rows, features, foldOf: foldOf, fold: index + 1).answers
      }
    }
    var isRight = [Bool](repeating: false, count: rows.rows)
    for (row, answer) in results.joined() { isRight[row] = answer == features.classOfRow[row] }
    return isRight
  }

  /// The class that each row of a fold is named, and the penalty of the least cross-entropy.
  private static func best(
    of penalties: [Double], _ rows: Matrix, _ features: OrderedFeatures, foldOf: [Int], fold: Int
  ) -> (answers: [Int: Int], penalty: Double) {
    let held = foldOf.indices.filter { foldOf[$0] == fold }
    let train = foldOf.indices.filter { foldOf[$0] >= 0 && foldOf[$0] != fold }
    let split = Split(rows, features, train: train, held: held)
    var best: (loss: Double, answers: [Int], penalty: Double)?
    var solution: SoftmaxRegression?
    for penalty in penalties {
      let fit = split.fit(penalty: penalty, from: solution)
      let (loss, answers) = split.judge(fit)
      if let best, loss >= best.loss { break }
      best = (loss, answers, penalty)
      solution = fit
    }
    let answers = Dictionary(uniqueKeysWithValues: zip(held, best?.answers ?? []))
    return (answers, best?.penalty ?? penalties[0])
  }

  /// The rows fitted to and the rows held out, centred and scaled by the former.
  private struct Split {
    private let problem: SoftmaxRegression.Problem
    private let held: Matrix
    private let rowCount: Int
    /// The classes that have rows to be fitted to.
    private let classes: [Int]
    /// The place among these of each held row's class, nil where there is none.
    private let heldPlaces: [Int?]

    init(_ rows: Matrix, _ features: OrderedFeatures, train: [Int], held: [Int]) {
      classes = Set(train.map { features.classOfRow[$0] }).sorted()
      let place = Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) })
      heldPlaces = held.map { place[features.classOfRow[$0]] }
      var fitted = rows.rows(train)
      let mean = LinearAlgebra.multiply(
        fitted, transposed: true,
        [Double](repeating: 1 / Double(max(1, train.count)), count: train.count))
      fitted.subtract(mean)
      let square = FeatureStatistics.dot(fitted.values, fitted.values)
      let entries = Double(train.count * features.featureCount)
      let factor = square > 0 ? (entries / square).squareRoot() : 1
      fitted.scale(by: factor)
      var others = rows.rows(held)
      others.subtract(mean)
      others.scale(by: factor)
      self.held = others
      rowCount = train.count
      problem = SoftmaxRegression.Problem(
        scores: fitted, labels: train.map { place[features.classOfRow[$0]] ?? 0 },
        classCount: classes.count)
    }

    func fit(penalty: Double, from start: SoftmaxRegression?) -> SoftmaxRegression {
      let solver =
        problem.isLarge
        ? LBFGS(memory: 5, maximumIterations: 15, gradientTolerance: 1e-7, valueTolerance: 1e-3)
        : LBFGS(maximumIterations: 200, gradientTolerance: 1e-7, valueTolerance: 1e-10)
      return problem.minimum(penalty: penalty, from: start, solver: solver).solution
    }

    /// The mean cross-entropy of the held rows whose class was fitted, and each row's class.
    func judge(_ fit: SoftmaxRegression) -> (loss: Double, answers: [Int]) {
      let scores = LinearAlgebra.multiply(held, fit.weights).values
      let width = classes.count
      var (loss, known) = (0.0, 0)
      var answers: [Int] = []
      for row in 0..<held.rows {
        var values = (0..<width).map { scores[row * width + $0] + fit.bias[$0] }
        let named = values.indices.max { values[$0] < values[$1] } ?? 0
        answers.append(classes[named])
        guard let place = heldPlaces[row] else { continue }
        let own = values[place]
        loss += values.withUnsafeMutableBufferPointer { Softmax.apply($0) } - own
        known += 1
      }
      return (loss / Double(max(1, known)), answers)
    }
  }
}

extension Matrix {
  /// Subtracts a row from every row.
  fileprivate mutating func subtract(_ row: [Double]) {
    let (height, width) = (rows, columns)
    values.withUnsafeMutableBufferPointer { values in
      for index in 0..<height {
        for column in 0..<width { values[index * width + column] -= row[column] }
      }
    }
  }

  /// Multiplies every element.
  fileprivate mutating func scale(by factor: Double) {
    values.withUnsafeMutableBufferPointer { values in
      for index in values.indices { values[index] *= factor }
    }
  }
}
