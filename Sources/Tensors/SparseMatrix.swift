internal import COpenBLAS

/// A Float64 matrix of which only some elements are kept, row after row (compressed sparse rows).
public struct SparseMatrix: Sendable {
  /// Number of rows.
  public let rows: Int
  /// Number of columns.
  public let columns: Int
  /// Where the elements of each row begin, and their number at the end; `rows + 1` of them.
  let starts: [Int]
  /// The column of each element; ascending within a row.
  let columnOf: [Int]
  /// The elements.
  let values: [Double]

  /// The elements of the transposed matrix that are not zero: row j holds column j of `dense`.
  ///
  /// - Complexity: two passes over `dense`.
  public init(transposing dense: Matrix) {
    let (height, width) = (dense.rows, dense.columns)
    var starts = [Int](repeating: 0, count: width + 1)
    dense.values.withUnsafeBufferPointer { source in
      for row in 0..<height {
        for column in 0..<width where source[row * width + column] != 0 { starts[column + 1] += 1 }
      }
    }
    for column in 0..<width { starts[column + 1] += starts[column] }
    var next = starts
    var columnOf = [Int](repeating: 0, count: starts[width])
    var values = [Double](repeating: 0, count: starts[width])
    dense.values.withUnsafeBufferPointer { source in
      for row in 0..<height {
        for column in 0..<width where source[row * width + column] != 0 {
          columnOf[next[column]] = row
          values[next[column]] = source[row * width + column]
          next[column] += 1
        }
      }
    }
    self.init(rows: width, columns: height, starts: starts, columnOf: columnOf, values: values)
  }

  /// Indicators of groups: element (g, i) is one where `groupOf[i]` is g, [`groups`, n].
  ///
  /// - Precondition: every group is in `0..<groups`.
  public init(indicatorsOf groupOf: [Int], groups: Int) {
    var starts = [Int](repeating: 0, count: groups + 1)
    for group in groupOf { starts[group + 1] += 1 }
    for group in 0..<groups { starts[group + 1] += starts[group] }
    var next = starts
    var columnOf = [Int](repeating: 0, count: groupOf.count)
    for (index, group) in groupOf.enumerated() {
      columnOf[next[group]] = index
      next[group] += 1
    }
    self.init(
      rows: groups, columns: groupOf.count, starts: starts, columnOf: columnOf,
      values: [Double](repeating: 1, count: groupOf.count))
  }

  private init(rows: Int, columns: Int, starts: [Int], columnOf: [Int], values: [Double]) {
    self.rows = rows
    self.columns = columns
    self.starts = starts
    self.columnOf = columnOf
    self.values = values
  }

  /// Number of elements kept.
  public var count: Int { values.count }

  /// Number of elements kept of one row.
  public func count(inRow row: Int) -> Int { starts[row + 1] - starts[row] }
}

extension LinearAlgebra {
  /// a · b for a sparse a.
  ///
  /// - Precondition: the inner sizes agree.
  /// - Complexity: O(a.count · b.columns).
  public static func multiply(_ a: SparseMatrix, _ b: Matrix) -> Matrix {
    precondition(
      a.columns == b.rows,
      "multiply: \(a.rows)×\(a.columns) by \(b.rows)×\(b.columns): the inner sizes differ")
    var result = Matrix(rows: a.rows, columns: b.columns)
    let width = b.columns
    guard a.rows > 0, width > 0 else { return result }
    OpenBLAS.prepared
    b.values.withUnsafeBufferPointer { b0 in
      result.values.withUnsafeMutableBufferPointer { c0 in
        guard let bBase = b0.baseAddress, let c = c0.baseAddress else { return }
        Parallel.forEach(a.rows) { row in
          for index in a.starts[row]..<a.starts[row + 1] {
            cblas_daxpy(
              Int32(width), a.values[index], bBase + a.columnOf[index] * width, 1,
              c + row * width, 1)
          }
        }
      }
    }
    return result
  }
}
