import Tensors

/// The features of one network in Float64, class after class, scaled, without constant columns.
///
/// Every score whose formula depends on scale or reads rows sees this table: the same columns, the
/// same scale, classes numbered 0 ..< C whatever their labels are.
struct OrderedFeatures: Sendable {
  /// x / rms in class order, [N, d].
  let values: Matrix
  /// The mean row of `values`, [d].
  let mean: [Double]
  /// The root mean square of the features in the columns kept, by which they are divided.
  let rms: Double
  /// The columns of the table that vary, d of them; see `FeatureStatistics.varyingColumns`.
  let columns: [Int]
  /// The row of the table that each row is, N of them; a class's rows keep their order.
  let rows: [Int]
  /// The class of each row, 0 ..< C, ascending.
  let classOfRow: [Int]
  /// Where each class begins, and N at the end: class c is rows `starts[c] ..< starts[c + 1]`.
  let starts: [Int]
  /// The jackknife's block of each row.
  let blockOfRow: [Int]

  /// N.
  var rowCount: Int { values.rows }
  /// d.
  var featureCount: Int { values.columns }
  /// C, the number of classes with rows.
  var classCount: Int { starts.count - 1 }
  /// n_c.
  var counts: [Int] { (0..<classCount).map { starts[$0 + 1] - starts[$0] } }

  /// Orders the rows of a network's table; nil where no column varies.
  ///
  /// - Complexity: O(ND) time and memory.
  init?(_ table: FeatureTable, statistics: FeatureStatistics, blockOfRow: [Int]) {
    let columns = statistics.varyingColumns
    let width = table.features.rowLength
    let trace = columns.reduce(0) { $0 + statistics.gram.values[$1 * width + $1] }
    guard !columns.isEmpty, trace > 0 else { return nil }
    let rms = (trace / (Double(table.labels.count) * Double(columns.count))).squareRoot()
    let labels = table.labels
    let present = Set(labels).sorted()
    let place = Dictionary(uniqueKeysWithValues: present.enumerated().map { ($1, $0) })
    let classes = labels.map { place[$0] ?? 0 }
    var starts = [Int](repeating: 0, count: present.count + 1)
    for class_ in classes { starts[class_ + 1] += 1 }
    for class_ in present.indices { starts[class_ + 1] += starts[class_] }
    var next = starts
    var rows = [Int](repeating: 0, count: labels.count)
    for (row, class_) in classes.enumerated() {
      rows[next[class_]] = row
      next[class_] += 1
    }
    let kept = columns.count
    var values = [Double](repeating: 0, count: rows.count * kept)
    var mean = [Double](repeating: 0, count: kept)
    values.withUnsafeMutableBufferPointer { target in
      table.features.withUnsafeBufferPointer { source in
        columns.withUnsafeBufferPointer { columns in
          Parallel.ranges(rows.count, grain: 64) { begin, end in
            for row in begin..<end {
              let first = rows[row] * width
              for column in 0..<kept {
                target[row * kept + column] = Double(source[first + columns[column]]) / rms
              }
            }
          }
        }
      }
      mean.withUnsafeMutableBufferPointer { mean in
        for row in 0..<rows.count {
          for column in 0..<kept { mean[column] += target[row * kept + column] }
        }
        for column in 0..<kept { mean[column] /= Double(rows.count) }
      }
    }
    self.values = Matrix(rows: rows.count, columns: kept, values: values)
    self.mean = mean
    self.rms = rms
    self.columns = columns
    self.rows = rows
    self.classOfRow = rows.map { classes[$0] }
    self.starts = starts
    self.blockOfRow = rows.map { blockOfRow[$0] }
  }

  /// The rows less their mean, [N, d].
  var centred: Matrix {
    var result = values
    let width = featureCount
    result.values.withUnsafeMutableBufferPointer { values in
      for row in 0..<rowCount {
        for column in 0..<width { values[row * width + column] -= mean[column] }
      }
    }
    return result
  }
}
