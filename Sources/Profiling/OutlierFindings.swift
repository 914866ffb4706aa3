internal import Datasets
internal import Foundation

/// Findings about pictures unlike the others: dark, bright, blurred, empty, of an odd size.
///
/// A picture is an outlier when it passes an absolute limit and also lies far from the data set's
/// median, in modified z-scores (`RobustLimits`): a data set of night shots or of line drawings has no
/// outliers for being so. The absolute limits are those of CleanVision, where it has the measure.
///
/// | code | measure | absolute limit | z |
/// | --- | --- | --- | --- |
/// | dark | 99th percentile of luminance | < 0.32 | < −3 |
/// | bright | 5th percentile of luminance | > 0.95 | > 3 |
/// | blurred | ln(variance of the Laplacian) | < ln 34 | < −3 |
/// | low information | entropy of luminance | < 3 bits | < −3 |
/// | odd size | ln √(width · height) | 3 times the median or a third | beyond ±5 |
/// | odd shape | ln(width / height) | shorter side < 0.35 of the longer | beyond ±5 |
///
/// Where the median deviation is small or nothing, a least one counts (0.05 of luminance, 0.25 of
/// entropy and of logarithms of sharpness, 0.05 of those of sizes), so that the slightest difference
/// from equal pictures is none. What more than a twentieth of the pictures have in common, and more
/// than ten, is the data set's manner and not reported. Of dark, bright and empty pictures the
/// sharpness says nothing: they are not called blurred, too.
enum OutlierFindings {
  private static let farAway = 3.0
  private static let oddlyFarAway = 5.0

  static func findings(_ table: InspectionTable, in dataset: Dataset) -> [DataFinding] {
    let places = table.records.indices.filter { table.records[$0].isReadable }
    func outliers(
      least: Double, of value: (Inspection) -> Double, where isOdd: (Double, RobustLimits) -> Bool
    ) -> [Int] {
      let values = places.map { value(table.records[$0]) }
      guard let limits = RobustLimits(values, least: least) else { return [] }
      let odd = zip(places, values).filter { isOdd($1, limits) }.map(\.0)
      return odd.count > max(10, places.count / 20) ? [] : odd
    }
    let dark = outliers(least: 0.05) {
      Double($0.measures.lightest)
    } where: {
      $0 < 0.32 && $1.score($0) < -farAway
    }
    let bright = outliers(least: 0.05) {
      Double($0.measures.darkest)
    } where: {
      $0 > 0.95 && $1.score($0) > farAway
    }
    let empty = outliers(least: 0.25) {
      Double($0.measures.entropy)
    } where: {
      $0 < 3 && $1.score($0) < -farAway
    }
    let others = Set(dark + bright + empty)
    let blurred = outliers(least: 0.25) {
      log(Double($0.measures.sharpness) + 1e-3)
    } where: {
      $0 < log(34) && $1.score($0) < -farAway
    }.filter { !others.contains($0) }
    let size = outliers(least: 0.05) {
      log(Double($0.width) * Double($0.height)) / 2
    } where: {
      abs($0 - $1.median) > log(3) && abs($1.score($0)) > oddlyFarAway
    }
    let shape = outliers(least: 0.05) {
      log(Double($0.width) / Double($0.height))
    } where: {
      abs($0) > -log(0.35) && abs($1.score($0)) > oddlyFarAway
    }
    func finding(_ code: DataFinding.Code, _ places: [Int], _ what: String) -> DataFinding? {
      guard !places.isEmpty else { return nil }
      let number = places.count == 1 ? "One picture is" : "\(places.count) pictures are"
      return DataFinding(
        code: code, severity: .info, message: "\(number) \(what)",
        paths: places.map { dataset.samples[$0].id })
    }
    return [
      finding(
        .outlierDark, dark,
        "almost black, unlike the others; look whether anything can be recognised."),
      finding(
        .outlierBright, bright,
        "almost white, unlike the others; look whether anything can be recognised."),
      finding(
        .outlierBlurred, blurred,
        "far less sharp than the others; look whether the subject can be recognised."),
      finding(
        .outlierLowInformation, empty,
        "of nearly one tone, unlike the others; remove what shows nothing."),
      finding(
        .outlierOddSize, Set(size + shape).sorted(),
        "of a size or shape far from the others'; look whether they are thumbnails, banners or"
          + " screenshots that don't belong."),
    ].compactMap { $0 }
  }
}
