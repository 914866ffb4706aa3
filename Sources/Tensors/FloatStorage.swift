import Foundation

/// A fixed-size buffer of Float32, 64-byte aligned: what tensors and arenas stand on.
///
/// Large ones lie in huge pages where the kernel gives them on request: rows of a matrix far apart then
/// share the entries of the page tables that a core remembers.
///
/// A plain class over one pointer. Nothing guards against two threads writing to the same element:
/// whoever shares a storage splits it into disjoint ranges, as `Parallel` does. Freed with its last
/// reference.
public final class FloatStorage: @unchecked Sendable {
  /// Number of floats.
  public let count: Int

  /// First float; 64-byte aligned, valid while the storage lives.
  public let pointer: UnsafeMutablePointer<Float>

  /// A storage of `count` zeros.
  ///
  /// - Precondition: `count` ≥ 0.
  public convenience init(count: Int) {
    self.init(uninitializedCount: count)
    pointer.update(repeating: 0, count: count)
  }

  /// A storage whose floats hold anything until they are written.
  ///
  /// - Precondition: `uninitializedCount` ≥ 0.
  public init(uninitializedCount count: Int) {
    precondition(count >= 0, "FloatStorage: negative count \(count)")
    self.count = count
    let bytes = max(count, 16) * MemoryLayout<Float>.stride
    let isLarge = bytes >= 4 * FloatStorage.hugePage
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: bytes, alignment: isLarge ? FloatStorage.hugePage : 64)
    #if os(Linux)
    // Advice: without it the storage is as good, if slower.
    if isLarge { _ = madvise(memory, bytes, MADV_HUGEPAGE) }
    #endif
    pointer = memory.bindMemory(to: Float.self, capacity: max(count, 16))
  }

  /// Bytes of a huge page.
  private static let hugePage = 2 << 20

  deinit { UnsafeMutableRawPointer(pointer).deallocate() }

  /// A new storage with the same values.
  public func copy() -> FloatStorage {
    let other = FloatStorage(uninitializedCount: count)
    other.pointer.update(from: pointer, count: count)
    return other
  }

  /// All floats, for reading and writing.
  public var buffer: UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: pointer, count: count)
  }
}
