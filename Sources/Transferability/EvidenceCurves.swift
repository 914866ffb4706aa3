import Foundation
import Tensors

/// LogME without a block of rows, without another eigendecomposition.
///
/// With β at its best for a given λ = α/β, the evidence of class c over N rows is
///
///     L(λ) = N/2 ln(N/Q) − N/2 − ½ (ln det(λI + G) − D ln λ) − N/2 ln 2π,
///     Q = n_c − s_cᵀ (λI + G)⁻¹ s_c
///
/// with G the Gram matrix and s_c the class sum. One Cholesky factor gives it for every class at one
/// λ. It is evaluated at Chebyshev nodes in ln λ around the λ of the whole, and the interpolant is
/// maximised for each class; a shift of the maximum matters only to second order. Where a class is
/// fitted so well that ε of the whole's iteration counts (Q below 10⁻²), the block is decomposed
/// instead.
/// - Complexity: about eight to sixteen factorisations of k³/3 for each block.
struct EvidenceCurves {
  /// Chebyshev nodes in ln λ, and their barycentric weights.
  private let nodes: [Double]
  private let weights: [Double]
  /// The ends of the range of ln λ.
  private let range: ClosedRange<Double>
  /// The directions of the whole, [D, k], and the square of its root mean square.
  private let basis: Matrix
  private let square: Double

  /// Prepares for statistics whose spectrum is known; nil where no class has a finite λ.
  init?(_ spectrum: LogME.Spectrum, classSums: Matrix, counts: [Int]) {
    let ratios = spectrum.maxima(
      classSums: classSums, counts: counts, rows: counts.reduce(0, +)
    ).map { log($0.ratio) }.filter(\.isFinite)
    guard let least = ratios.min(), let greatest = ratios.max() else { return nil }
    let range = (least - 1)...(greatest + 1)
    let count = min(24, 6 + Int((range.upperBound - range.lowerBound).rounded(.up)))
    let angles = (0..<count).map { (Double($0) + 0.5) * Double.pi / Double(count) }
    let middle = (range.lowerBound + range.upperBound) / 2
    let half = (range.upperBound - range.lowerBound) / 2
    self.nodes = angles.map { middle - half * cos($0) }
    self.weights = angles.enumerated().map { ($0.offset % 2 == 0 ? 1 : -1) * sin($0.element) }
    self.range = range
    self.basis = spectrum.basis
    self.square = spectrum.rms * spectrum.rms
  }

  /// The score without each block.
  func replicates(_ candidate: Candidate, columns: [Int]) -> [Double?] {
    candidate.withoutEachBlock { rest in
      guard rest.classCount >= 2 else { return nil }
      var (sums, gram) = rest.secondMoments(columns)
      // Without a block no direction appears that the whole lacks.
      if basis.columns < basis.rows {
        gram = LinearAlgebra.multiply(
          basis, transposed: true, LinearAlgebra.multiply(gram, basis))
        sums = LinearAlgebra.multiply(sums, basis)
      }
      if let value = value(gram: gram, sums: sums, counts: rest.counts) { return value }
      let spectrum = try? LogME.Spectrum(gram: gram, rows: rest.count, features: columns.count)
      let value = spectrum?.evidence(classSums: sums, counts: rest.counts, rows: rest.count)
      return value.flatMap { $0.isFinite ? $0 : nil }
    }
  }

  /// The mean over classes of the maximum evidence per row; nil where a class is fitted too well.
  private func value(gram: Matrix, sums: Matrix, counts: [Int]) -> Double? {
    let present = counts.indices.filter { counts[$0] > 0 }
    let rows = Double(counts.reduce(0, +))
    let width = gram.columns
    let transposed = sums.transposed
    var curves = [[Double]](repeating: [], count: present.count)
    for node in nodes {
      let ratio = exp(node) * square
      var shifted = gram
      for index in 0..<width { shifted.values[index * width + index] += ratio }
      guard let factor = try? LinearAlgebra.cholesky(shifted) else { return nil }
      let solved = factor.solveLower(transposed)
      var explained = [Double](repeating: 0, count: counts.count)
      for row in 0..<width {
        for column in 0..<counts.count {
          let value = solved.values[row * counts.count + column]
          explained[column] += value * value
        }
      }
      let determinant = factor.logDeterminant - Double(width) * log(ratio)
      for (index, row) in present.enumerated() {
        let residual = Double(counts[row]) - explained[row]
        guard residual > 1e-2 else { return nil }
        curves[index].append(
          0.5 * (log(rows / residual) - 1 - log(2 * Double.pi)) - 0.5 * determinant / rows)
      }
    }
    return curves.reduce(0) { $0 + maximum(of: $1) } / Double(curves.count)
  }

  /// The greatest value of the interpolant over the range, by a grid and a parabola through its top.
  private func maximum(of values: [Double]) -> Double {
    let steps = 200
    let width = (range.upperBound - range.lowerBound) / Double(steps)
    let curve = (0...steps).map {
      interpolate(values, at: range.lowerBound + Double($0) * width)
    }
    let top = curve.indices.max { curve[$0] < curve[$1] } ?? 0
    guard top > 0, top < steps else { return curve[top] }
    let (left, middle, right) = (curve[top - 1], curve[top], curve[top + 1])
    let bend = left - 2 * middle + right
    guard bend < 0 else { return middle }
    return middle - (right - left) * (right - left) / (8 * bend)
  }

  /// Barycentric interpolation.
  ///
  /// - Reference: Berrut & Trefethen, SIAM Review 46 (2004), eq. 4.2 and 5.3.
  private func interpolate(_ values: [Double], at point: Double) -> Double {
    var (above, below) = (0.0, 0.0)
    for index in nodes.indices {
      let distance = point - nodes[index]
      if distance == 0 { return values[index] }
      above += weights[index] / distance * values[index]
      below += weights[index] / distance
    }
    return above / below
  }
}
