internal import CKernels
internal import Tensors

/// The products of matrices of two activations: `[…, M, K]` times `[…, K, N]` gives `[…, M, N]`.
///
/// The axes before the last two are broadcast. With `transposesSecond` the second operand is
/// `[…, N, K]`, as the keys of attention. Each second matrix is packed for the convolution's kernel
/// whenever it is used; where it has no axes of its own before the last two, all first matrices of a
/// sample are one. Cost 2 · M · K · N operations a product.
///
/// - Reference: ONNX's MatMul (opset 13) of two activations of at least two axes a sample.
package struct MatrixProduct: Operator {
  package static let kind = "matrix-product"
  package let transposesSecond: Bool

  package init(transposesSecond: Bool = false) { self.transposesSecond = transposesSecond }

  package func outputShape(of inputs: [SampleShape]) throws(ShapeMismatch) -> SampleShape {
    let (a, b) = (inputs[0].dimensions, inputs[1].dimensions)
    guard a.count > 1, b.count > 1 else { throw ShapeMismatch("it needs matrices") }
    let (inner, columns) =
      transposesSecond ? (b[b.count - 1], b[b.count - 2]) : (b[b.count - 2], b[b.count - 1])
    guard inputs[0].channels == inner else {
      throw ShapeMismatch("rows of \(inputs[0].channels) and columns of \(inner) values")
    }
    // A 1 in front serves matrices that have no other axes.
    let leading = try SampleShape(axes: [1] + a.dropLast(2)).broadcast(
      with: SampleShape(axes: [1] + b.dropLast(2)))
    return try SampleShape.checked(
      leading.dimensions.dropFirst() + [a[a.count - 2], columns])
  }
}

extension MatrixProduct {
  package func backwardReads(at site: Site) -> BackwardReads { BackwardReads(inputs: true) }

  package func memory(at site: Site) -> OperatorMemory {
    withUnsafePointer(to: product(site)) { shape in
      let (packed, flipped) = (
        alignedCount(graft_conv_packed_count(shape)),
        alignedCount(graft_conv_packed_flipped_count(shape))
      )
      let first = site.wantsInputGradients[0] ? (transposesSecond ? flipped : packed) : 0
      let second =
        site.wantsInputGradients[1] ? alignedCount(graft_conv_weight_gradient_scratch(shape)) : 0
      return OperatorMemory(
        forwardScratch: site.slots * (transposesSecond ? packed : flipped),
        backwardScratch: site.slots * max(first, second))
    }
  }

  /// The product of one pair as a layer on rows: its weight is the second operand as it lies in memory,
  /// `[N, K]` where that is transposed, else `[K, N]`, a layer from N to K run backwards.
  private func product(_ site: Site) -> graft_conv {
    let (rows, inner, columns) = (rows(site), site.inputs[0].channels, site.output.channels)
    return Window(size: 1).shape(
      batch: rows, input: SampleShape(vector: transposesSecond ? inner : columns),
      output: SampleShape(vector: transposesSecond ? columns : inner), groups: 1)
  }

  /// Whether each sample has one second matrix only.
  private func isShared(_ site: Site) -> Bool {
    site.inputs[1].height == 1 && site.inputs[0].height == site.output.height
  }

  /// Rows of one product.
  private func rows(_ site: Site) -> Int { isShared(site) ? site.output.pixels : site.output.width }

  /// Products of one sample.
  private func products(_ site: Site) -> Int { isShared(site) ? 1 : site.output.height }

  /// The matrix of an operand that product `index` of a sample reads.
  private func matrix(_ index: Int, of operand: SampleShape, _ site: Site) -> Int {
    guard !isShared(site) else { return 0 }
    let rank = site.output.dimensions.count
    var (rest, result, size) = (index, 0, 1)
    for place in 0..<(rank - 2) {
      let axis = rank - 3 - place
      let own = axis - rank + operand.dimensions.count
      let (quotient, i) = rest.quotientAndRemainder(dividingBy: site.output.dimensions[axis])
      rest = quotient
      guard own >= 0 else { continue }
      if operand.dimensions[own] > 1 { result += i * size }
      size *= operand.dimensions[own]
    }
    return result
  }

  package func forward(_ run: borrowing Run) {
    let (site, shape) = (run.site, product(run.site))
    let (a, b, y, scratch) = (run.inputs[0], run.inputs[1], run.output, run.forwardScratch)
    let sizes = Sizes(site, rows: rows(site))
    let products = products(site)
    let kernel = RowProduct(shape: shape, isFlipped: !transposesSecond)
    SharedWork(count: run.batch * products, slots: site.slots).each { slot, index, isAlone in
      let (sample, place) = index.quotientAndRemainder(dividingBy: products)
      kernel.run(
        a + sample * site.inputs[0].count + matrix(place, of: site.inputs[0], site) * sizes.first,
        b + sample * site.inputs[1].count + matrix(place, of: site.inputs[1], site) * sizes.second,
        y + sample * site.output.count + place * sizes.output, accumulates: false,
        packed: scratch + slot * kernel.packedCount, isAlone: isAlone)
    }
  }

  package func backward(_ run: borrowing Run) {
    let (site, shape) = (run.site, product(run.site))
    let (a, b, dy, scratch) = (run.inputs[0], run.inputs[1], run.givenGradient, run.backwardScratch)
    let sizes = Sizes(site, rows: rows(site))
    let products = products(site)
    // The second first: the order in which a plan counts several readers of one activation.
    if let gradient = run.inputGradient(1) {
      let kernel = MatrixGradient(shape: shape, isFlipped: !transposesSecond)
      let matrices = site.inputs[1].count / sizes.second
      SharedWork(count: run.batch * matrices, slots: site.slots).each { slot, index, isAlone in
        let (sample, target) = index.quotientAndRemainder(dividingBy: matrices)
        var adds = gradient.accumulates
        for place in 0..<products where matrix(place, of: site.inputs[1], site) == target {
          kernel.run(
            a + sample * site.inputs[0].count
              + matrix(place, of: site.inputs[0], site) * sizes.first,
            dy + sample * site.output.count + place * sizes.output,
            gradient.values + sample * site.inputs[1].count + target * sizes.second,
            accumulates: adds, scratch: scratch + slot * kernel.scratchCount, isAlone: isAlone)
          adds = true
        }
      }
    }
    if let gradient = run.inputGradient(0) {
      let kernel = RowProduct(shape: shape, isFlipped: transposesSecond)
      let matrices = site.inputs[0].count / sizes.first
      SharedWork(count: run.batch * matrices, slots: site.slots).each { slot, index, isAlone in
        let (sample, target) = index.quotientAndRemainder(dividingBy: matrices)
        var adds = gradient.accumulates
        for place in 0..<products where matrix(place, of: site.inputs[0], site) == target {
          kernel.run(
            dy + sample * site.output.count + place * sizes.output,
            b + sample * site.inputs[1].count
              + matrix(place, of: site.inputs[1], site) * sizes.second,
            gradient.values + sample * site.inputs[0].count + target * sizes.first,
            accumulates: adds, packed: scratch + slot * kernel.packedCount, isAlone: isAlone)
          adds = true
        }
      }
    }
  }

  /// Floats of one matrix of each operand.
  private struct Sizes {
    let first: Int
    let second: Int
    let output: Int

    init(_ site: Site, rows: Int) {
      first = rows * site.inputs[0].channels
      second = site.inputs[1].width * site.inputs[1].channels
      output = rows * site.output.channels
    }
  }
}
