internal import Yams

/// Reads `placement.yaml` and `citations.yaml`.
struct CalibrationReader {
  private(set) var reader: NodeReader

  init(file: String) { self.reader = NodeReader(file: file) }

  /// The constants, or nil with the problems noted in `reader`.
  mutating func calibration(_ text: String) -> PlacementCalibration? {
    guard let node = reader.document(text) else { return nil }
    let fields = reader.mapping(
      node, "the placement",
      required: ["size", "similarity", "advice", "regimes", "hyperparameters"])
    guard let size = fields["size"], let similarity = fields["similarity"],
      let advice = fields["advice"]
    else { return nil }
    let sizes = numbers(
      size, "size",
      ["slope", "midpoint", "referenceParameters", "shiftPerDecade", "largestShift"])
    let parts = reader.mapping(
      similarity, "similarity", required: ["priorSpread", "levels", "evidence"])
    let priorSpread = reader.number(parts["priorSpread"], "priorSpread")
    let levels = self.levels(parts["levels"])
    let curves = self.curves(parts["evidence"])
    let temperature = numbers(advice, "advice", ["temperature"])["temperature"]
    let regimes = self.regimes(fields["regimes"])
    let neutral = neutralBands(fields["hyperparameters"])
    for (name, value) in [("slope", sizes["slope"]), ("temperature", temperature)] {
      if let value, value <= 0 { reader.note("\(name) must be above 0", at: node) }
    }
    guard reader.problems.isEmpty, let slope = sizes["slope"], let midpoint = sizes["midpoint"],
      let reference = sizes["referenceParameters"], let shift = sizes["shiftPerDecade"],
      let largestShift = sizes["largestShift"], let priorSpread, let temperature
    else { return nil }
    return PlacementCalibration(
      sizeSlope: slope, sizeMidpoint: midpoint, referenceParameters: reference,
      shiftPerDecade: shift, largestShift: largestShift, priorSpread: priorSpread, curves: curves,
      levels: levels, temperature: temperature, regimes: regimes, neutralBands: neutral)
  }

  /// The citations by key.
  mutating func citations(_ text: String) -> [String: Citation] {
    guard let node = reader.document(text) else { return [:] }
    var citations: [String: Citation] = [:]
    for (_, key, value) in reader.pairs(node, "the citations") {
      let fields = reader.mapping(
        value, "citation '\(key)'", required: ["authors", "title", "venue", "year"],
        optional: ["url"])
      guard let authors = reader.string(fields["authors"], "authors"),
        let title = reader.string(fields["title"], "title"),
        let venue = reader.string(fields["venue"], "venue"),
        let year = reader.number(fields["year"], "year")
      else { continue }
      citations[key] = Citation(
        key: key, authors: authors, title: title, venue: venue, year: Int(year),
        url: reader.string(fields["url"], "url"))
    }
    return citations
  }

  private mutating func numbers(
    _ node: Node, _ what: String, _ names: [String]
  ) -> [String: Double] {
    reader.mapping(node, what, required: names).reduce(into: [:]) { values, field in
      values[field.key] = reader.number(field.value, "\(what).\(field.key)")
    }
  }

  private mutating func levels(_ node: Node?) -> [PlacementCalibration.Level] {
    var levels: [PlacementCalibration.Level] = []
    for (key, name, value) in reader.pairs(node, "similarity.levels") {
      guard let from = reader.number(value, "a level") else { continue }
      if from <= (levels.last?.from ?? -1) || from >= 1 || (levels.isEmpty && from != 0) {
        reader.note("levels begin at 0 and rise, below 1", at: key)
      }
      levels.append(PlacementCalibration.Level(name: name, from: from))
    }
    return levels
  }

  private mutating func curves(
    _ node: Node?
  ) -> [SimilarityEvidence.Kind: PlacementCalibration.Curve] {
    var curves: [SimilarityEvidence.Kind: PlacementCalibration.Curve] = [:]
    for (key, _, value) in reader.pairs(node, "similarity.evidence") {
      let kind = reader.choice(key, "kind of evidence", of: SimilarityEvidence.Kind.self)
      let fields = reader.mapping(
        value, "evidence", required: ["axis", "midpoint", "slope", "spread", "weight"])
      guard let kind, let axis = reader.string(fields["axis"], "axis"),
        let midpoint = reader.number(fields["midpoint"], "midpoint"),
        let slope = reader.number(fields["slope"], "slope"),
        let spread = reader.number(fields["spread"], "spread"),
        let weight = reader.number(fields["weight"], "weight")
      else { continue }
      if axis != "linear", axis != "logarithmic" {
        reader.note("axis is linear or logarithmic, not '\(axis)'", at: fields["axis"])
      }
      if spread <= 0 { reader.note("spread must be above 0", at: fields["spread"]) }
      if weight < 0 { reader.note("weight must not be negative", at: fields["weight"]) }
      curves[kind] = PlacementCalibration.Curve(
        logarithmic: axis == "logarithmic", midpoint: midpoint, slope: slope, spread: spread,
        weight: weight)
    }
    return curves
  }

  private mutating func regimes(_ node: Node?) -> [PlacementCalibration.Regime] {
    var regimes: [PlacementCalibration.Regime] = []
    for (_, id, value) in reader.pairs(node, "regimes") {
      let fields = reader.mapping(value, "a regime", required: ["base", "summary"])
      guard let base = reader.number(fields["base"], "base"),
        let summary = reader.string(fields["summary"], "summary")
      else { continue }
      regimes.append(PlacementCalibration.Regime(id: id, base: base, summary: summary))
    }
    if regimes.isEmpty { reader.note("there must be at least one regime", at: node) }
    return regimes
  }

  private mutating func neutralBands(_ node: Node?) -> [Hyperparameter: ClosedRange<Double>] {
    var bands: [Hyperparameter: ClosedRange<Double>] = [:]
    for (key, _, value) in reader.pairs(node, "hyperparameters") {
      let name = reader.choice(key, "hyper-parameter", of: Hyperparameter.self)
      let fields = reader.mapping(value, "a band", required: ["low", "high"])
      guard let name, let low = reader.number(fields["low"], "low"),
        let high = reader.number(fields["high"], "high")
      else { continue }
      let range = name.definition.range
      guard low <= high, range.contains(low), range.contains(high) else {
        reader.note(
          "the band of \(name.rawValue) must rise and lie between \(range.lowerBound) and"
            + " \(range.upperBound)", at: value)
        continue
      }
      bands[name] = low...high
    }
    return bands
  }
}
