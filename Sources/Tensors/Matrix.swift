/// A dense Float64 matrix, row-major: statistics and scores compute in it.
public struct Matrix: Sendable, Equatable {
  /// Number of rows.
  public let rows: Int

  /// Number of columns.
  public let columns: Int

  /// The elements, row after row; `rows · columns` of them.
  ///
  /// Changed in place: an observer (`didSet`) would copy the whole array for each element.
  public var values: [Double] {
    get { elements }
    _modify {
      defer {
        precondition(
          elements.count == rows * columns,
          "Matrix: \(elements.count) values in \(rows)×\(columns)")
      }
      yield &elements
    }
  }

  private var elements: [Double]

  /// A matrix of zeros.
  public init(rows: Int, columns: Int) {
    self.init(rows: rows, columns: columns, values: Array(repeating: 0, count: rows * columns))
  }

  /// A matrix of the given elements, row after row.
  ///
  /// - Precondition: `values.count == rows · columns`.
  public init(rows: Int, columns: Int, values: [Double]) {
    precondition(rows >= 0 && columns >= 0, "Matrix: negative size \(rows)×\(columns)")
    precondition(
      values.count == rows * columns, "Matrix: \(values.count) values for \(rows)×\(columns)")
    self.rows = rows
    self.columns = columns
    self.elements = values
  }

  /// The rows of a tensor of shape [rows, …], widened to Float64.
  public init(_ tensor: Tensor) {
    self.init(
      rows: tensor.rowCount, columns: tensor.rowLength,
      values: tensor.withUnsafeBufferPointer { $0.map(Double.init) })
  }

  /// The identity matrix of the given order.
  public static func identity(_ order: Int) -> Matrix {
    var result = Matrix(rows: order, columns: order)
    for i in 0..<order { result[i, i] = 1 }
    return result
  }

  /// The element in row `row`, column `column`.
  public subscript(row: Int, column: Int) -> Double {
    get {
      precondition(column >= 0 && column < columns, "Matrix: column \(column) of \(columns)")
      return elements[row * columns + column]
    }
    _modify {
      precondition(column >= 0 && column < columns, "Matrix: column \(column) of \(columns)")
      yield &elements[row * columns + column]
    }
  }

  /// Row `index` as an array.
  public func row(_ index: Int) -> [Double] {
    Array(values[(index * columns)..<((index + 1) * columns)])
  }

  /// The rows named, in the order given.
  public func rows(_ chosen: [Int]) -> Matrix {
    var result = Matrix(rows: chosen.count, columns: columns)
    let width = columns
    elements.withUnsafeBufferPointer { source in
      result.elements.withUnsafeMutableBufferPointer { target in
        for (place, row) in chosen.enumerated() {
          for column in 0..<width {
            target[place * width + column] = source[row * width + column]
          }
        }
      }
    }
    return result
  }

  /// The matrix with rows and columns exchanged.
  public var transposed: Matrix {
    var result = Matrix(rows: columns, columns: rows)
    for i in 0..<rows { for j in 0..<columns { result[j, i] = values[i * columns + j] } }
    return result
  }
}
