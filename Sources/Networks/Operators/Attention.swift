internal import CKernels
internal import Tensors

/// Multi-head self-attention on queries, keys and values side by side: per head
/// `y = softmax(s · q kᵀ + B) v`.
///
/// Input `[…, T, 3C]` as one linear layer gives it (all heads' queries, then keys, then values), output
/// `[…, T, C]`; s = 1/√d for heads of d = C / heads channels. Tokens attend to those of the same
/// sequence; whatever axes lie before T count sequences, such as windows. B is 0, or a
/// ``RelativePositions``. No matrix of T × T scores is kept: the backward pass computes them again.
/// Cost 4 · T² · C operations a sequence.
///
/// - Reference: Vaswani et al. 2017, arXiv:1706.03762, eq. 1; Dao et al. 2022, arXiv:2205.14135.
package struct Attention: Operator {
  package static let kind = "attention"
  package let heads: Int
  package let positions: RelativePositions?

  package init(heads: Int, positions: RelativePositions? = nil) {
    precondition(heads > 0, "Attention: it needs a head")
    self.heads = heads
    self.positions = positions
  }

  package var parameters: [ParameterSpecification] {
    positions.map { [$0.parameter(heads: heads)] } ?? []
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    let input = inputs[0]
    guard input.channels % (3 * heads) == 0, input.dimensions.count > 1 else {
      throw ShapeMismatch("it needs tokens of \(heads) heads' queries, keys and values")
    }
    guard input.channels / (3 * heads) <= Int(GRAFT_MAX_HEAD_CHANNELS) else {
      throw ShapeMismatch("a head has at most \(GRAFT_MAX_HEAD_CHANNELS) channels")
    }
    if let positions {
      guard input.width == positions.tokens, input.dimensions.count == 4 else {
        throw ShapeMismatch("it needs rows and columns of windows of \(positions.tokens) tokens")
      }
    }
    return input.with(channels: input.channels / 3)
  }
}

extension Attention {
  package var packedParameters: [Int] { positions == nil ? [] : [0] }

  package func memory(at site: Site) -> OperatorMemory {
    var memory = OperatorMemory()
    let shape = shape(site, batch: site.batchSize)
    if let positions {
      memory.packed = alignedCount(heads * positions.scores) + positions.maskCount
    }
    guard site.mode != .evaluation else { return memory }
    memory.saved = shape.sequences * heads * shape.queries
    if let positions, site.wantsParameterGradients[0] {
      let groups = withUnsafePointer(to: shape) { graft_attention_groups($0) }
      memory.backwardScratch = groups * heads * positions.scores
    }
    return memory
  }

  package func backwardReads(at site: Site) -> BackwardReads {
    BackwardReads(inputs: true, output: true)
  }

  package func prepare(_ run: borrowing Run) {
    guard let positions else { return }
    positions.gather(run.parameters[0], heads: heads, into: run.packed)
    positions.fillMask(run.packed + alignedCount(heads * positions.scores))
  }

  package func forward(_ run: borrowing Run) {
    let (qkv, y, channels) = (run.inputs[0], run.output, run.site.output.channels)
    let sums = run.site.mode == .evaluation ? nil : run.saved
    withUnsafePointer(to: bound(run)) { shape in
      Parallel.ranges(graft_attention_units(shape)) { begin, end in
        graft_attention_forward(
          shape, qkv, qkv + channels, qkv + 2 * channels, y, sums, begin, end)
      }
    }
  }

  package func backward(_ run: borrowing Run) {
    let (qkv, y, dy, sums) = (run.inputs[0], run.output, run.givenGradient, run.saved)
    let (channels, input, table) = (
      run.site.output.channels, run.inputGradient(0),
      positions == nil ? nil : run.parameterGradient(0)
    )
    let accumulates: Int32 = input?.accumulates == true ? 1 : 0
    let gradients = graft_attention_gradients(
      q: input?.values, k: input.map { $0.values + channels },
      v: input.map { $0.values + 2 * channels }, bias: table == nil ? nil : run.backwardScratch,
      accumulate_q: accumulates, accumulate_k: accumulates, accumulate_v: accumulates)
    withUnsafePointer(to: bound(run)) { shape in
      withUnsafePointer(to: gradients) { gradients in
        let groups = graft_attention_groups(shape)
        Parallel.ranges(groups * heads) { begin, end in
          graft_attention_backward(
            shape, qkv, qkv + channels, qkv + 2 * channels, y, sums, dy, gradients, begin, end)
        }
        if let positions, let table {
          positions.scatter(run.backwardScratch, groups: groups, heads: heads, into: table)
        }
      }
    }
  }

  /// The kernels' description, with the tables of this run.
  private func bound(_ run: borrowing Run) -> graft_attention {
    var shape = shape(run.site, batch: run.batch)
    if let positions {
      shape.bias = UnsafePointer(run.packed)
      if positions.isShifted {
        shape.mask = UnsafePointer(run.packed + alignedCount(heads * positions.scores))
      }
    }
    return shape
  }

  private func shape(_ site: Site, batch: Int) -> graft_attention {
    let (input, channels) = (site.inputs[0], site.output.channels)
    let axes = input.dimensions
    let columns = axes.count == 4 ? axes[1] : input.height
    let perHead = channels / heads
    return graft_attention(
      sequences: batch * input.height, queries: input.width, keys: input.width, heads: heads,
      channels: perHead, window_rows: input.height / columns, window_columns: columns,
      q_stride: input.channels, k_stride: input.channels, v_stride: input.channels,
      y_stride: channels, scale: 1 / Float(perHead).squareRoot(), bias: nil, mask: nil)
  }
}
