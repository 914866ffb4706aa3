import Foundation

/// Attention and its gradients by the formulas, in Float64 and in the kernels' layouts.
struct AttentionReference {
  private(set) var y: [Double]
  private(set) var logSums: [Double]
  private(set) var dq: [Double]
  private(set) var dk: [Double]
  private(set) var dv: [Double]
  private(set) var dBias: [Double]

  /// Tokens of q, k and v are 1, 2 and 3 floats further apart than their heads need.
  init(
    _ test: AttentionCase, scale: Float, q: [Float], k: [Float], v: [Float], dy: [Float],
    bias: [Float], mask: [Float]
  ) {
    let (queries, keys, heads, channels) = (test.queries, test.keys, test.heads, test.channels)
    let width = heads * channels
    y = Array(repeating: 0, count: dy.count)
    logSums = Array(repeating: 0, count: test.sequences * heads * queries)
    dq = Array(repeating: 0, count: q.count)
    dk = Array(repeating: 0, count: k.count)
    dv = Array(repeating: 0, count: v.count)
    dBias = Array(repeating: 0, count: heads * queries * keys)
    for sequence in 0..<test.sequences {
      for head in 0..<heads {
        for i in 0..<queries {
          let qi = (sequence * queries + i) * (width + 1) + head * channels
          let yi = (sequence * queries + i) * width + head * channels
          var scores = [Double](repeating: 0, count: keys)
          for j in 0..<keys {
            let kj = (sequence * keys + j) * (width + 2) + head * channels
            for c in 0..<channels { scores[j] += Double(q[qi + c]) * Double(k[kj + c]) }
            scores[j] *= Double(scale)
            guard let windows = test.windows else { continue }
            scores[j] += Double(bias[(head * queries + i) * keys + j])
            let column = sequence % windows.columns == windows.columns - 1
            let row =
              sequence / windows.columns % windows.rows == windows.rows - 1
            if row || column {
              let kind = (row ? 2 : 0) + (column ? 1 : 0) - 1
              scores[j] += Double(mask[(kind * queries + i) * keys + j])
            }
          }
          let top = scores.reduce(-Double.infinity) { max($0, $1) }
          let sum = scores.reduce(0) { $0 + exp($1 - top) }
          logSums[(sequence * heads + head) * queries + i] = top + log(sum)
          let shares = scores.map { exp($0 - top) / sum }
          var slopes = [Double](repeating: 0, count: keys)
          for j in 0..<keys {
            let vj = (sequence * keys + j) * (width + 3) + head * channels
            for c in 0..<channels {
              y[yi + c] += shares[j] * Double(v[vj + c])
              slopes[j] += Double(dy[yi + c]) * Double(v[vj + c])
              dv[vj + c] += shares[j] * Double(dy[yi + c])
            }
          }
          let average = zip(shares, slopes).reduce(0) { $0 + $1.0 * $1.1 }
          for j in 0..<keys {
            let kj = (sequence * keys + j) * (width + 2) + head * channels
            let d = shares[j] * (slopes[j] - average)
            dBias[(head * queries + i) * keys + j] += d
            for c in 0..<channels {
              dq[qi + c] += d * Double(scale) * Double(k[kj + c])
              dk[kj + c] += d * Double(scale) * Double(q[qi + c])
            }
          }
        }
      }
    }
  }
}
