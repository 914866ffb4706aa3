internal import Foundation

/// How well one picture lies on another, once it has been shifted and stretched to fit.
package struct PictureRegistration {
  /// Pearson's correlation of the luminances where the pictures overlap, −1…1.
  package var correlation: Float
  /// Correlation of their gradients there, Σ ∇a·∇b / √(Σ|∇a|² Σ|∇b|²): of the detail alone.
  package var detail: Float
  /// The share of the first picture that the second covers, 0…1.
  package var overlap: Float
  /// The difference of their mean luminances there, in levels of 0…255, and the ratio of their
  /// standard deviations.
  package var lightening: Float
  package var contrastRatio: Float
  /// Stretch along x and y, 1 when the windows are the same.
  package var stretchX: Float
  package var stretchY: Float

  /// A mapping of places u in 0…1 of the first picture to `stretch · u + shift` in the second.
  package struct Mapping {
    var stretchX: Float = 1
    var shiftX: Float = 0
    var stretchY: Float = 1
    var shiftY: Float = 0

    package init() {}

    /// The mapping under which the second picture is a window of the first.
    package init(window: Margins) {
      stretchX = Float(1 / (1 - window.left - window.right))
      shiftX = -Float(window.left) * stretchX
      stretchY = Float(1 / (1 - window.top - window.bottom))
      shiftY = -Float(window.top) * stretchY
    }
  }

  /// Fits the second picture to the first by Gauss–Newton steps, coarse to fine, from a first guess.
  ///
  /// Minimises Σ (a(u) − (b(s·u + t) − mean) / deviation)² over stretch and shift along both axes, where
  /// a is brought to mean 0 and deviation 1 over the overlap, too.
  ///
  /// - Reference: Lucas & Kanade, IJCAI 1981; Baker & Matthews, IJCV 56, 2004, §2 (forward additive).
  package init(
    _ first: ComparisonThumbnail, _ second: ComparisonThumbnail, from start: Mapping, levels: [Int]
  ) {
    var mapping = start
    var fit = Fit()
    let finest = min(first.longerSide, second.longerSide)
    for level in levels where level <= finest || level == levels[0] {
      let side = min(level, finest)
      let (a, b) = (first.grid(longerSide: side), second.grid(longerSide: side))
      guard min(a.width, a.height, b.width, b.height) >= 4 else { continue }
      fit = Self.fit(a, b, mapping: &mapping)
    }
    correlation = fit.correlation
    detail = fit.detail
    overlap = fit.overlap
    lightening = fit.lightening
    contrastRatio = fit.contrastRatio
    stretchX = mapping.stretchX
    stretchY = mapping.stretchY
  }

  /// The correlation below which, after four steps, pictures are taken to be different.
  private static let hopeless: Float = 0.75

  private struct Fit {
    var correlation: Float = 0
    var detail: Float = 0
    var overlap: Float = 0
    var lightening: Float = 0
    var contrastRatio: Float = 0
  }

  private static func fit(
    _ a: ComparisonThumbnail.Grid, _ b: ComparisonThumbnail.Grid, mapping: inout Mapping
  ) -> Fit {
    let count = a.width * a.height
    var warped = [Float](repeating: 0, count: count)
    var across = warped
    var down = warped
    var inside = [Bool](repeating: false, count: count)
    for turn in 0..<12 {
      warp(b, mapping, onto: a, &warped, &across, &down, &inside)
      guard let moments = Moments(a.values, warped, inside) else { return Fit() }
      // What is far apart after some steps stays so.
      if turn == 4, moments.correlation < hopeless { return Fit() }
      // Normal equations of the four parameters, and a step.
      var matrix = [Double](repeating: 0, count: 16)
      var right = [Double](repeating: 0, count: 4)
      for y in 0..<a.height {
        let v = (Double(y) + 0.5) / Double(a.height)
        for x in 0..<a.width where inside[y * a.width + x] {
          let i = y * a.width + x
          let u = (Double(x) + 0.5) / Double(a.width)
          let residual =
            Double((a.values[i] - moments.meanA) / moments.deviationA)
            - Double((warped[i] - moments.meanB) / moments.deviationB)
          let gx = Double(across[i] / moments.deviationB)
          let gy = Double(down[i] / moments.deviationB)
          let slopes = (gx * u, gx, gy * v, gy)
          matrix[0] += slopes.0 * slopes.0
          matrix[1] += slopes.0 * slopes.1
          matrix[2] += slopes.0 * slopes.2
          matrix[3] += slopes.0 * slopes.3
          matrix[5] += slopes.1 * slopes.1
          matrix[6] += slopes.1 * slopes.2
          matrix[7] += slopes.1 * slopes.3
          matrix[10] += slopes.2 * slopes.2
          matrix[11] += slopes.2 * slopes.3
          matrix[15] += slopes.3 * slopes.3
          right[0] += slopes.0 * residual
          right[1] += slopes.1 * residual
          right[2] += slopes.2 * residual
          right[3] += slopes.3 * residual
        }
      }
      guard let step = solve(matrix, right) else { break }
      mapping.stretchX += Float(step[0])
      mapping.shiftX += Float(step[1])
      mapping.stretchY += Float(step[2])
      mapping.shiftY += Float(step[3])
      let largest = step.map(abs).max() ?? 0
      if largest < 1e-4 { break }
      // A picture that is no window of the other runs away.
      guard largest < 0.5, (0.5...2).contains(mapping.stretchX),
        (0.5...2).contains(mapping.stretchY)
      else { return Fit() }
    }
    warp(b, mapping, onto: a, &warped, &across, &down, &inside)
    guard let moments = Moments(a.values, warped, inside) else { return Fit() }
    return Fit(
      correlation: moments.correlation, detail: gradientCorrelation(a, warped, inside),
      overlap: Float(moments.count) / Float(count), lightening: moments.meanB - moments.meanA,
      contrastRatio: moments.deviationB / moments.deviationA)
  }

  /// Samples `b` and its gradient, by bilinear interpolation, at the places of `a`.
  private static func warp(
    _ b: ComparisonThumbnail.Grid, _ mapping: Mapping, onto a: ComparisonThumbnail.Grid,
    _ warped: inout [Float], _ across: inout [Float],
    _ down: inout [Float], _ inside: inout [Bool]
  ) {
    let (bw, bh) = (Float(b.width), Float(b.height))
    b.values.withUnsafeBufferPointer { values in
      for y in 0..<a.height {
        let v = (Float(y) + 0.5) / Float(a.height) * mapping.stretchY + mapping.shiftY
        let py = v * bh - 0.5
        for x in 0..<a.width {
          let i = y * a.width + x
          let u = (Float(x) + 0.5) / Float(a.width) * mapping.stretchX + mapping.shiftX
          let px = u * bw - 0.5
          inside[i] = px >= -0.5 && py >= -0.5 && px <= bw - 0.5 && py <= bh - 0.5
          guard inside[i] else { continue }
          let cx = min(max(px, 0), bw - 1.001)
          let cy = min(max(py, 0), bh - 1.001)
          let (x0, y0) = (Int(cx), Int(cy))
          let (fx, fy) = (cx - Float(x0), cy - Float(y0))
          let k = y0 * b.width + x0
          let (p, q) = (values[k], values[k + 1])
          let (r, s) = (values[k + b.width], values[k + b.width + 1])
          let upper = p + fx * (q - p)
          let lower = r + fx * (s - r)
          warped[i] = upper + fy * (lower - upper)
          across[i] = ((1 - fy) * (q - p) + fy * (s - r)) * bw
          down[i] = (lower - upper) * bh
        }
      }
    }
  }

  private struct Moments {
    var count = 0
    var meanA: Float = 0
    var meanB: Float = 0
    var deviationA: Float = 0
    var deviationB: Float = 0
    var correlation: Float = 0

    /// Nil where there is too little to compare: less than half of the picture, or no contrast.
    init?(_ a: [Float], _ b: [Float], _ inside: [Bool]) {
      var (sa, sb, saa, sbb, sab) = (0.0, 0.0, 0.0, 0.0, 0.0)
      for i in a.indices where inside[i] {
        let (x, y) = (Double(a[i]), Double(b[i]))
        sa += x
        sb += y
        saa += x * x
        sbb += y * y
        sab += x * y
        count += 1
      }
      guard count * 2 >= a.count, count > 8 else { return nil }
      let n = Double(count)
      let va = saa / n - sa / n * (sa / n)
      let vb = sbb / n - sb / n * (sb / n)
      guard va > 0.25, vb > 0.25 else { return nil }
      meanA = Float(sa / n)
      meanB = Float(sb / n)
      deviationA = Float(va.squareRoot())
      deviationB = Float(vb.squareRoot())
      correlation = Float((sab / n - sa / n * (sb / n)) / (va * vb).squareRoot())
    }
  }

  private static func gradientCorrelation(
    _ a: ComparisonThumbnail.Grid, _ b: [Float], _ inside: [Bool]
  ) -> Float {
    var (aa, bb, ab): (Float, Float, Float) = (0, 0, 0)
    for y in 1..<a.height - 1 {
      for x in 1..<a.width - 1 {
        let i = y * a.width + x
        guard inside[i - 1], inside[i + 1], inside[i - a.width], inside[i + a.width] else {
          continue
        }
        let (ax, ay) = (
          a.values[i + 1] - a.values[i - 1], a.values[i + a.width] - a.values[i - a.width]
        )
        let (bx, by) = (b[i + 1] - b[i - 1], b[i + a.width] - b[i - a.width])
        aa += ax * ax + ay * ay
        bb += bx * bx + by * by
        ab += ax * bx + ay * by
      }
    }
    return aa > 0 && bb > 0 ? ab / (aa * bb).squareRoot() : 0
  }

  /// Solves the symmetric 4 × 4 system given by its upper triangle, by Cholesky's decomposition; nil
  /// where it is singular (no gradient along an axis).
  private static func solve(_ upper: [Double], _ right: [Double]) -> [Double]? {
    var lower = [Double](repeating: 0, count: 16)
    let floor = 1e-9 * (upper[0] + upper[5] + upper[10] + upper[15])
    for i in 0..<4 {
      for j in 0...i {
        var sum = upper[j * 4 + i]
        for k in 0..<j { sum -= lower[i * 4 + k] * lower[j * 4 + k] }
        if i == j {
          guard sum > floor else { return nil }
          lower[i * 4 + i] = sum.squareRoot()
        } else {
          lower[i * 4 + j] = sum / lower[j * 4 + j]
        }
      }
    }
    var x = right
    for i in 0..<4 {
      for k in 0..<i { x[i] -= lower[i * 4 + k] * x[k] }
      x[i] /= lower[i * 4 + i]
    }
    for i in (0..<4).reversed() {
      for k in i + 1..<4 { x[i] -= lower[k * 4 + i] * x[k] }
      x[i] /= lower[i * 4 + i]
    }
    return x
  }
}
