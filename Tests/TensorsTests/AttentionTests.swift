import CKernels
import Foundation
import Tensors
import Testing

/// Sizes of one attention: what the kernels are compared on.
struct AttentionCase: Sendable, CustomTestStringConvertible {
  var sequences = 2
  var queries = 17
  var keys = 17
  var heads = 2
  var channels = 8
  var windows: (rows: Int, columns: Int)?

  var testDescription: String {
    "\(sequences)×\(queries)×\(keys), \(heads) heads of \(channels)\(windows == nil ? "" : ", biased")"
  }

  static let all = [
    AttentionCase(),
    AttentionCase(sequences: 1, queries: 1, keys: 1, heads: 1, channels: 1),
    AttentionCase(queries: 5, keys: 33, channels: 3),
    AttentionCase(sequences: 6, queries: 49, keys: 49, channels: 32, windows: (3, 2)),
    AttentionCase(sequences: 40, queries: 9, keys: 9, channels: 20, windows: (2, 2)),
    AttentionCase(sequences: 1, queries: 197, keys: 197, channels: 64),
    // Several blocks of keys and of queries.
    AttentionCase(sequences: 1, queries: 270, keys: 600, heads: 1, channels: 72, windows: (1, 1)),
  ]
}

extension Kernels {
  /// Attention against the formulas in Float64.
  @Suite struct AttentionKernels {
    static let tolerance = 1e-5

    @Test(arguments: AttentionCase.all, [false, true])
    func agreesWithFormula(_ test: AttentionCase, accumulate: Bool) {
      let (sequences, heads, channels) = (test.sequences, test.heads, test.channels)
      let (queries, keys, width) = (test.queries, test.keys, heads * channels)
      let q = Kernels.random(sequences * queries * (width + 1), "q").map { 2 * $0 }
      let k = Kernels.random(sequences * keys * (width + 2), "k").map { 2 * $0 }
      let v = Kernels.random(sequences * keys * (width + 3), "v")
      let dy = Kernels.random(sequences * queries * width, "dy")
      let bias = Kernels.random(heads * queries * keys, "bias")
      let mask = Kernels.random(3 * queries * keys, "mask").map { $0 > 0.6 ? -100 : 0 as Float }
      let scale = 1 / Float(channels).squareRoot()
      let reference = AttentionReference(
        test, scale: scale, q: q, k: k, v: v, dy: dy, bias: bias, mask: mask)
      let before = Kernels.random(max(q.count, k.count, v.count), "before")
      // Gradients are written between the heads' channels only; what lies behind stays.
      func expected(_ values: [Double], stride: Int) -> [Double] {
        values.indices.map { i in
          if i % stride >= width { return Double(before[i]) }
          return values[i] + (accumulate ? Double(before[i]) : 0)
        }
      }

      Kernels.each { isa in
        bias.withUnsafeBufferPointer { bias in
          mask.withUnsafeBufferPointer { mask in
            var shape = graft_attention(
              sequences: sequences, queries: queries, keys: keys, heads: heads,
              channels: channels, window_rows: test.windows?.rows ?? 1,
              window_columns: test.windows?.columns ?? 1, q_stride: width + 1,
              k_stride: width + 2, v_stride: width + 3, y_stride: width, scale: scale,
              bias: test.windows == nil ? nil : bias.baseAddress,
              mask: test.windows == nil ? nil : mask.baseAddress)
            var y = [Float](repeating: .nan, count: dy.count)
            var sums = [Float](repeating: .nan, count: sequences * heads * queries)
            let units = graft_attention_units(&shape)
            graft_attention_forward(&shape, q, k, v, &y, &sums, units / 2, units)
            graft_attention_forward(&shape, q, k, v, &y, &sums, 0, units / 2)
            Kernels.expectClose(y, reference.y, tolerance: Self.tolerance, "\(isa) y")
            Kernels.expectClose(
              sums, reference.logSums, tolerance: Self.tolerance, "\(isa) sums")

            let groups = graft_attention_groups(&shape)
            var (dq, dk, dv) = (
              Array(before.prefix(q.count)), Array(before.prefix(k.count)),
              Array(before.prefix(v.count))
            )
            var partial = [Float](repeating: .nan, count: groups * heads * queries * keys)
            dq.withUnsafeMutableBufferPointer { dq in
              dk.withUnsafeMutableBufferPointer { dk in
                dv.withUnsafeMutableBufferPointer { dv in
                  partial.withUnsafeMutableBufferPointer { partial in
                    let add: Int32 = accumulate ? 1 : 0
                    var gradients = graft_attention_gradients(
                      q: dq.baseAddress, k: dk.baseAddress, v: dv.baseAddress,
                      bias: partial.baseAddress, accumulate_q: add, accumulate_k: add,
                      accumulate_v: add)
                    graft_attention_backward(
                      &shape, q, k, v, y, sums, dy, &gradients, 1, groups * heads)
                    graft_attention_backward(&shape, q, k, v, y, sums, dy, &gradients, 0, 1)
                  }
                }
              }
            }
            let tolerance = Self.tolerance
            Kernels.expectClose(
              dq, expected(reference.dq, stride: width + 1), tolerance: tolerance, "\(isa) dq")
            Kernels.expectClose(
              dk, expected(reference.dk, stride: width + 2), tolerance: tolerance, "\(isa) dk")
            Kernels.expectClose(
              dv, expected(reference.dv, stride: width + 3), tolerance: tolerance, "\(isa) dv")
            let size = heads * queries * keys
            let total = (0..<size).map { i in
              (0..<groups).reduce(0 as Float) { $0 + partial[$1 * size + i] }
            }
            Kernels.expectClose(
              total, reference.dBias, tolerance: tolerance, "\(isa) bias gradient")
          }
        }
      }
    }

    @Test func largeScoresAndNaN() {
      // One score of 300 among 0: exp overflows unless the largest is taken off first.
      let q: [Float] = [1, 0, 0, 0]
      let k: [Float] = [300, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
      let v: [Float] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
      Kernels.each { isa in
        var shape = graft_attention(
          sequences: 1, queries: 1, keys: 3, heads: 1, channels: 4, window_rows: 1,
          window_columns: 1, q_stride: 4, k_stride: 4, v_stride: 4, y_stride: 4, scale: 1,
          bias: nil, mask: nil)
        var y: [Float] = [0, 0, 0, 0]
        graft_attention_forward(&shape, q, k, v, &y, nil, 0, 1)
        #expect(y == [1, 2, 3, 4], "\(isa)")
        graft_attention_forward(&shape, [.nan, 0, 0, 0], k, v, &y, nil, 0, 1)
        #expect(y.allSatisfy { $0.isNaN }, "\(isa)")
      }
    }
  }
}
