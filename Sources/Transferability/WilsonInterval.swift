/// Wilson's 95 % score interval of a proportion, `[low, high]` within `[0, 1]`.
///
/// - Reference: Wilson (1927), JASA 22, "Probable inference, the law of succession, and
///   statistical inference".
public func wilsonInterval(successes: Int, of count: Int) -> [Double] {
  precondition(count > 0)
  let n = Double(count)
  let p = Double(successes) / n
  let z = 1.959963984540054
  let centre = (p + z * z / (2 * n)) / (1 + z * z / n)
  let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
  // With no or only successes the end is the proportion itself, which rounding must not pass.
  return [max(0, min(p, centre - half)), min(1, max(p, centre + half))]
}
