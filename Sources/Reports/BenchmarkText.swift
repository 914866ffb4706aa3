public import FineTuning

/// What `graft bench` prints.
public enum BenchmarkText {
  /// The measurement as text.
  public static func text(_ result: EngineBenchmark.Result) -> String {
    let precision = result.precision == "float32" ? "" : ", \(result.precision)"
    let rounds = result.rounds.map { Wording.number($0, digits: 1) }.joined(separator: ", ")
    var text = """
      \(result.architecture), \(result.kind.rawValue), batch \(result.batchSize), \
      \(result.imageSize) px, \(result.threads) threads, \(result.kernels) kernels\(precision)
      \(Wording.number(result.imagesPerSecond, digits: 1)) images/s (rounds: \(rounds))
      peak memory \(Wording.count(result.peakBytes / 1_048_576)) MiB

      """
    if let training = result.training {
      text += "first step: loss \(Wording.number(training.loss, digits: 5)), "
      text += "gradient norm \(Wording.number(training.gradientNorm, digits: 5)); "
      text += "loss after the update \(Wording.number(training.lossAfterUpdate, digits: 5))\n"
    }
    if let profile = result.profile { text += "\n" + Self.text(profile) }
    return text
  }

  /// How many nodes the profile names one by one.
  private static let slowest = 15

  private static func text(_ profile: EngineBenchmark.Profile) -> String {
    func cells(_ milliseconds: Double, _ gigaflops: Double?) -> [String] {
      [
        Wording.number(milliseconds, digits: 3),
        Wording.percent(milliseconds / max(profile.milliseconds, 1e-9)),
        Wording.number(gigaflops, digits: 0),
      ]
    }
    var kinds = TextTable([
      ("kind of node", .left), ("pass", .left), ("nodes", .right), ("ms", .right),
      ("share", .right), ("GFLOP/s", .right),
    ])
    for kind in profile.kinds {
      kinds.add(
        [kind.kind, kind.pass, "\(kind.count)"]
          + cells(kind.milliseconds, kind.gigaflopsPerSecond))
    }
    var nodes = TextTable([
      ("slowest nodes", .left), ("kind", .left), ("pass", .left), ("input", .left),
      ("output", .left), ("weight", .left), ("ms", .right), ("share", .right), ("GFLOP/s", .right),
    ])
    let order = profile.nodes.sorted {
      ($1.milliseconds, $0.name, $0.pass) < ($0.milliseconds, $1.name, $1.pass)
    }
    for node in order.prefix(slowest) {
      nodes.add(
        [
          node.name, node.kind, node.pass, shape(node.inputs.first), shape(node.output),
          shape(node.weight),
        ] + cells(node.milliseconds, node.gigaflopsPerSecond))
    }
    return """
      \(Wording.number(profile.milliseconds, digits: 2)) ms a step, medians of \(profile.steps) steps

      \(kinds.text)
      \(nodes.text)
      """
  }

  private static func shape(_ dimensions: [Int]?) -> String {
    dimensions.map { $0.map(String.init).joined(separator: "×") } ?? "–"
  }
}
