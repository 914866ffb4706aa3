internal import CKernels
package import Tensors

/// Turns a map of patches into tokens: learnt tokens before them and learnt positions added.
///
/// Input `[h, w, C]`, output `[P + h·w, C]` with P prefix tokens; positions are `[1, N, C]`, N the
/// patches of the nominal grid and, where ``embedsPrefix``, the prefix tokens before them. For another
/// grid the positions of the patches are resampled by ``GridResampling``, as timm does with
/// `dynamic_img_size`; gradients go back through its transpose.
///
/// - Reference: Dosovitskiy et al. 2020, arXiv:2010.11929, eq. 1.
package struct TokenEmbedding: Operator {
  package static let kind = "token-embedding"

  /// Learnt tokens before the patches.
  package struct Prefix: Hashable, Sendable {
    /// The name in the state dict, such as `cls_token`.
    package let name: String
    package let count: Int

    package init(_ name: String, count: Int = 1) {
      self.name = name
      self.count = count
    }
  }

  package let channels: Int
  /// Rows and columns of patches in an image of the nominal size.
  package let grid: Grid
  package let prefixes: [Prefix]
  /// The name of the positions in the state dict; nil for none.
  package let positions: String?
  /// Whether there are positions for the prefix tokens too.
  package let embedsPrefix: Bool
  /// How many of the prefixes stand before the positions in the state dict.
  private let prefixesBeforePositions: Int

  package init(
    channels: Int, grid: Grid, prefixes: [Prefix], positions: String? = "pos_embed",
    embedsPrefix: Bool = true, prefixesBeforePositions: Int? = nil
  ) {
    self.channels = channels
    self.grid = grid
    self.prefixes = prefixes
    self.positions = positions
    self.embedsPrefix = embedsPrefix && positions != nil
    self.prefixesBeforePositions = prefixesBeforePositions ?? prefixes.count
  }

  /// The number of prefix tokens.
  package var prefixCount: Int { prefixes.reduce(0) { $0 + $1.count } }

  package var parameters: [ParameterSpecification] {
    var result = prefixes.map { prefix in
      ParameterSpecification(
        name: prefix.name, shape: [1, prefix.count, channels], role: .embedding,
        initialization: .normal(standardDeviation: 1e-6))
    }
    guard let positions else { return result }
    let count = grid.count + (embedsPrefix ? prefixCount : 0)
    result.insert(
      ParameterSpecification(
        name: positions, shape: [1, count, channels], role: .embedding,
        initialization: .normal(standardDeviation: 0.02)), at: prefixesBeforePositions)
    return result
  }

  /// The place of a prefix among the parameters.
  private func place(ofPrefix index: Int) -> Int {
    positions != nil && index >= prefixesBeforePositions ? index + 1 : index
  }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    guard inputs[0].isMap, inputs[0].channels == channels else {
      throw ShapeMismatch("it needs a map of \(channels) channels")
    }
    return SampleShape(tokens: prefixCount + inputs[0].pixels, channels: channels)
  }
}

extension TokenEmbedding {
  package var packedParameters: [Int] { Array(parameters.indices) }

  package func memory(at site: Site) -> OperatorMemory {
    OperatorMemory(
      packed: site.output.count,
      backwardScratch: site.wantsParameterGradients.contains(true) ? site.output.count : 0)
  }

  package func prepare(_ run: borrowing Run) {
    let (input, parameters) = (run.site.inputs[0], run.parameters)
    fill(
      run.packed, grid: Grid(rows: input.height, columns: input.width),
      parameter: { UnsafePointer(parameters[$0]) })
  }

  /// What is added to the tokens of each sample, `[tokens, channels]`, the prefix tokens being added to
  /// nothing.
  package func table(_ parameters: [Tensor], grid: Grid) -> Tensor {
    let storage = FloatStorage(uninitializedCount: (prefixCount + grid.count) * channels)
    fill(storage.pointer, grid: grid, parameter: { UnsafePointer(parameters[$0].storage.pointer) })
    return Tensor(shape: [prefixCount + grid.count, channels], storage: storage)
  }

  private func fill(
    _ table: UnsafeMutablePointer<Float>, grid target: Grid,
    parameter: (Int) -> UnsafePointer<Float>
  ) {
    var row = 0
    for (index, prefix) in prefixes.enumerated() {
      table.advanced(by: row * channels).update(
        from: parameter(place(ofPrefix: index)), count: prefix.count * channels)
      row += prefix.count
    }
    let patches = table + row * channels
    guard positions != nil else {
      return patches.update(repeating: 0, count: target.count * channels)
    }
    let learnt = parameter(prefixesBeforePositions)
    if embedsPrefix { graft_add(table, learnt, -.infinity, .infinity, table, 0, row * channels) }
    GridResampling(from: grid, to: target).apply(
      learnt + (embedsPrefix ? row * channels : 0), channels: channels, into: patches)
  }

  package func forward(_ run: borrowing Run) {
    let (x, y, table) = (run.inputs[0], run.output, run.packed)
    let (input, output) = (run.site.inputs[0].count, run.site.output.count)
    let prefix = output - input
    Parallel.ranges(run.batch) { begin, end in
      for sample in begin..<end {
        let target = y + sample * output
        target.update(from: table, count: prefix)
        graft_add(
          x + sample * input, table + prefix, -.infinity, .infinity, target + prefix, 0, input)
      }
    }
  }

  package func backward(_ run: borrowing Run) {
    let (dy, batch) = (run.givenGradient, run.batch)
    let (input, output) = (run.site.inputs[0].count, run.site.output.count)
    if run.site.wantsParameterGradients.contains(true) {
      parameterGradients(run)
    }
    if let gradient = run.inputGradient(0) {
      Parallel.ranges(batch) { begin, end in
        graft_copy_rows(
          input, dy + (output - input), output, gradient.values, input,
          gradient.accumulates ? 1 : 0, begin, end)
      }
    }
  }

  private func parameterGradients(_ run: borrowing Run) {
    let (dy, batch, count, sums) = (
      run.givenGradient, run.batch, run.site.output.count, run.backwardScratch
    )
    Parallel.ranges(count, grain: elementGrain / 8) { begin, end in
      sums.advanced(by: begin).update(from: dy + begin, count: end - begin)
      for sample in 1..<max(1, batch) {
        graft_axpy(1, dy + sample * count, sums, begin, end)
      }
    }
    var row = 0
    for (index, prefix) in prefixes.enumerated() {
      run.parameterGradient(place(ofPrefix: index))?.update(
        from: sums + row * channels, count: prefix.count * channels)
      row += prefix.count
    }
    guard positions != nil, let gradient = run.parameterGradient(prefixesBeforePositions)
    else { return }
    let before = embedsPrefix ? row * channels : 0
    gradient.update(from: sums, count: before)
    resampling(run.site).applyTranspose(
      sums + row * channels, channels: channels, into: gradient + before)
  }

  private func resampling(_ site: Site) -> GridResampling {
    GridResampling(from: grid, to: Grid(rows: site.inputs[0].height, columns: site.inputs[0].width))
  }
}
