/// Which activations of a training plan to give up after the forward pass, to be computed again in the
/// backward pass.
///
/// A candidate says for each node whether it is dropped. What a later part of the network reads is
/// always kept, and with it the way back to what was dropped.
///
/// - Reference: Chen et al. 2016, arXiv:1604.06174, §4 (segments) and §3.2 (cheap operators first).
enum Recomputation {
  /// Candidates from the one that costs the least time to the one that saves the most memory.
  ///
  /// First the outputs of what is cheap: normalisations, activations, sums. Then, for 2, 3, 4, 6, …
  /// segments of equally many floats, everything within the segments: within the first only (the
  /// early layers of a network hold most), within more, and at last within all.
  static func candidates(
    nodes: [Node], sites: [Site], wanted: Set<Int>, hasGradient: [Bool]
  ) -> [[Bool]] {
    var readers = [[Int]](repeating: [], count: nodes.count)
    for (place, node) in nodes.enumerated() {
      for input in node.inputs { readers[input].append(place) }
    }
    let trained = nodes.indices.filter { hasGradient[$0] }
    var result: [[Bool]] = []
    result.append(
      nodes.indices.map { place in
        hasGradient[place] && !wanted.contains(place) && isCheap(nodes[place])
      })
    let total = trained.reduce(0) { $0 + sites[$1].output.count }
    var segments = 2
    while segments <= max(2, trained.count / 2) {
      // The segment of each trained node, by the floats before it.
      var segment = [Int](repeating: -1, count: nodes.count)
      var before = 0
      for place in trained {
        segment[place] = min(segments - 1, before * segments / max(total, 1))
        before += sites[place].output.count
      }
      for share in [2, 1] where segments >= share {
        let dropped = max(1, (segments - 1) / share)
        result.append(
          nodes.indices.map { place in
            hasGradient[place] && !wanted.contains(place) && segment[place] < dropped
              && readers[place].allSatisfy { segment[$0] == segment[place] }
          })
      }
      segments += max(1, segments / 2)
    }
    return result
  }

  /// Whether computing a node again takes little time against what it saves.
  private static func isCheap(_ node: Node) -> Bool {
    node.operation.packedParameters.isEmpty
  }
}
