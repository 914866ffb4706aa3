import Foundation
import Tensors

/// The PAC-Bayesian bound of a classifier on source probabilities with Dirichlet priors.
///
/// Source class z says label c with probability ~ Dirichlet(a_·z), prior a⁰_c = n_c/N + 10⁻¹⁰; q_iz
/// is the share of source class z in row i, at first θ_iz. Ten variational steps
///
///     a_cz = a⁰_c + Σ_{i∈c} q_iz
///     ln q_iz = ln(θ_iz + 10⁻¹⁰) + ψ(a_{y_i z}) − ψ(Σ_c a_cz) − normaliser
///
///     score = Σ_z [ln B(a_·z) − ln B(a⁰) − Σ_i q_iz (ln q_iz − ln(θ_iz + 10⁻¹⁰))] / (N C)
///
/// with B(a) = Π Γ(a_c) / Γ(Σ a_c). The authors' code divides by N·C, the size of the one-hot labels,
/// where the paper divides by N; so does this.
/// - Complexity: O(NS + CS) for each of ten steps; memory O(NS).
/// - Reference: Ding et al., ECCV 2022, eq. 10; arXiv:2203.05126.
enum PACTranDirichlet {
  /// Variational steps.
  static let steps = 10

  /// The score of a network's table; nil without a source head.
  static func value(_ table: FeatureTable) -> Double? {
    guard let probabilities = table.sourceProbabilities, probabilities.rowLength > 0
    else { return nil }
    let present = Set(table.labels).sorted()
    let place = Dictionary(uniqueKeysWithValues: present.enumerated().map { ($1, $0) })
    let classes = table.labels.map { place[$0] ?? 0 }
    return value(Matrix(probabilities), classes: classes, classCount: present.count)
  }

  private static func value(_ theta: Matrix, classes: [Int], classCount: Int) -> Double {
    let (rows, sources) = (theta.rows, theta.columns)
    var logs = theta
    logs.values.withUnsafeMutableBufferPointer { logs in
      Parallel.ranges(logs.count, grain: 1024) { begin, end in
        for index in begin..<end { logs[index] = log(logs[index] + 1e-10) }
      }
    }
    let members = SparseMatrix(indicatorsOf: classes, groups: classCount)
    let prior = (0..<classCount).map {
      Double(members.count(inRow: $0)) / Double(rows) + 1e-10
    }
    var shares = theta
    var concentration = Matrix(rows: classCount, columns: sources)
    // Σ_z q (ln q − ln θ) of each row.
    var divergence = [Double](repeating: 0, count: rows)
    for _ in 0..<steps {
      concentration = LinearAlgebra.multiply(members, shares)
      for c in 0..<classCount {
        for z in 0..<sources { concentration.values[c * sources + z] += prior[c] }
      }
      let expected = expectedLogs(concentration)
      shares = logs
      shares.values.withUnsafeMutableBufferPointer { shares in
        logs.values.withUnsafeBufferPointer { logs in
          divergence.withUnsafeMutableBufferPointer { divergence in
            Parallel.ranges(rows, grain: 16) { begin, end in
              for row in begin..<end {
                let first = row * sources
                let q = UnsafeMutableBufferPointer(rebasing: shares[first..<first + sources])
                let gain = expected[(classes[row] * sources)..<((classes[row] + 1) * sources)]
                for (z, value) in zip(0..<sources, gain) { q[z] += value }
                let normaliser = Softmax.apply(q)
                // ln q − ln θ is the gain less the normaliser.
                var sum = 0.0
                for (z, value) in zip(0..<sources, gain) { sum += q[z] * value }
                divergence[row] = sum - normaliser
              }
            }
          }
        }
      }
    }
    let start = logBeta(prior)
    let ends = (0..<sources).map { z in
      logBeta((0..<classCount).map { concentration.values[$0 * sources + z] })
    }
    let sum = ends.reduce(0) { $0 + $1 - start } - divergence.reduce(0, +)
    return sum / Double(rows * classCount)
  }

  /// ψ(a_cz) − ψ(Σ_c a_cz), [C · S].
  private static func expectedLogs(_ concentration: Matrix) -> [Double] {
    let (classes, sources) = (concentration.rows, concentration.columns)
    var expected = concentration.values
    var totals = [Double](repeating: 0, count: sources)
    for c in 0..<classes { for z in 0..<sources { totals[z] += expected[c * sources + z] } }
    let subtracted = totals.map(GammaFunction.digamma)
    expected.withUnsafeMutableBufferPointer { expected in
      Parallel.forEach(classes) { c in
        for z in 0..<sources {
          expected[c * sources + z] =
            GammaFunction.digamma(expected[c * sources + z]) - subtracted[z]
        }
      }
    }
    return expected
  }

  /// ln B(a).
  private static func logBeta(_ concentration: [Double]) -> Double {
    concentration.reduce(0) { $0 + GammaFunction.logarithm($1) }
      - GammaFunction.logarithm(concentration.reduce(0, +))
  }
}
