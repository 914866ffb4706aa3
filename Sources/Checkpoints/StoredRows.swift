internal import Foundation
internal import Synchronization
package import Tensors

/// A table of numbers that still lies in a file, read some rows at a time, rounded to Float32.
///
/// Dense little-endian rows are read where they lie in the mapped file, and given back to the system
/// afterwards: whatever the table's size, no more than what is asked for stays in memory. What must be
/// unpacked or reordered (deflated, Fortran order, big-endian) is in memory as a whole.
public struct StoredRows: Sendable {
  /// Number of rows.
  public let count: Int
  /// Numbers in a row.
  public let width: Int
  private let source: Source
  private let smallReads = Turns()

  private enum Source: Sendable {
    case mapped(FileMapping, offset: Int, ScalarType)
    case tensor(Tensor)
  }

  /// Rows in memory.
  ///
  /// - Precondition: a shape of two axes.
  init(_ tensor: Tensor) {
    count = tensor.shape[0]
    width = tensor.shape[1]
    source = .tensor(tensor)
  }

  /// Rows that lie densely in a mapped file, from `offset` on.
  ///
  /// - Precondition: they are all there.
  init(_ mapping: FileMapping, offset: Int, type: ScalarType, count: Int, width: Int) {
    precondition(offset + count * width * type.byteCount <= mapping.bytes.count)
    self.count = count
    self.width = width
    source = .mapped(mapping, offset: offset, type)
  }

  /// The rows, where they are in memory as a whole.
  package var tensor: Tensor? {
    if case .tensor(let tensor) = source { return tensor }
    return nil
  }

  /// Copies rows.
  ///
  /// - Precondition: the rows are there, and `target` holds exactly `rows.count · width` floats.
  package func read(_ rows: Range<Int>, into target: UnsafeMutableBufferPointer<Float>) {
    precondition(rows.upperBound <= count && target.count == rows.count * width)
    switch source {
    case .tensor(let tensor):
      tensor.withUnsafeBufferPointer {
        _ = target.update(fromContentsOf: $0[(rows.lowerBound * width)..<(rows.upperBound * width)])
      }
    case .mapped(let mapping, let offset, let type):
      let size = width * type.byteCount
      let bytes = UnsafeRawBufferPointer(
        rebasing: mapping.bytes[
          (offset + rows.lowerBound * size)..<(offset + rows.upperBound * size)])
      type.convert(bytes, into: target)
      if bytes.count >= 1 << 20 {
        mapping.release(bytes)
      } else if smallReads.count() {
        // The system maps up to 2 MB around a row, and rows here and there would map the whole file.
        mapping.release(mapping.bytes)
      }
      withExtendedLifetime(mapping) {}
    }
  }
}

/// Counts calls from any thread.
private final class Turns: Sendable {
  private let calls = Atomic<Int>(0)

  /// Whether this is every 64th call.
  func count() -> Bool {
    calls.wrappingAdd(1, ordering: .relaxed).newValue.isMultiple(of: 64)
  }
}

extension FileMapping {
  /// Tells the system that these bytes will not be needed soon; they can still be read.
  func release(_ bytes: UnsafeRawBufferPointer) {
    // A copy would come back as zeros.
    guard isMapped, let base = bytes.baseAddress else { return }
    let page = Int(getpagesize())
    let start = (Int(bitPattern: base) + page - 1) / page * page
    let end = (Int(bitPattern: base) + bytes.count) / page * page
    guard start < end, let address = UnsafeMutableRawPointer(bitPattern: start) else { return }
    // Private and never written to: the pages come back from the file.
    madvise(address, end - start, MADV_DONTNEED)
  }
}
