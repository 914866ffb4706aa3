internal import CImageCodecs

/// Hashes of 64 bits, ordered so that those near a query are found without looking at all.
///
/// The hash is cut into four chunks of 16 bits. By the pigeonhole principle hashes within r bits of
/// each other agree within ⌊r / 4⌋ bits in one chunk: buckets of all chunk values that near the
/// query's are looked through, and every hash found there is checked. Exact for r ≤ 11. Look-ups are
/// 4 · (1, 17 or 137) for r ≤ 3, 7, 11; memory is 48 bytes a hash and a megabyte. Many different hashes that
/// share a whole chunk make its bucket, and every look into it, long: `PerceptualHash` therefore deals its
/// frequencies out to the chunks in turn.
///
/// - Reference: Norouzi, Punjani & Fleet, Fast search in Hamming space with multi-index hashing,
///   CVPR 2012, §3.
package struct HashIndex: Sendable {
  private let count: Int
  private let sorted: [UInt64]
  private let order: [UInt32]
  private let starts: [UInt32]

  /// Orders the hashes; equal ones are better collapsed before.
  ///
  /// Cost: O(n).
  package init(_ hashes: [UInt64]) {
    precondition(hashes.count < Int(UInt32.max), "HashIndex: \(hashes.count) hashes")
    count = hashes.count
    let room = max(1, count)
    var values = [UInt64](repeating: 0, count: 4 * room)
    var indices = [UInt32](repeating: 0, count: 4 * room)
    var begins = [UInt32](repeating: 0, count: 4 * 65_537)
    hashes.withUnsafeBufferPointer { from in
      values.withUnsafeMutableBufferPointer { values in
        indices.withUnsafeMutableBufferPointer { indices in
          begins.withUnsafeMutableBufferPointer { begins in
            guard let hash = from.baseAddress, let value = values.baseAddress,
              let index = indices.baseAddress, let begin = begins.baseAddress
            else { return }
            graft_hash_index(hash, UInt32(from.count), value, index, begin)
          }
        }
      }
    }
    sorted = values
    order = indices
    starts = begins
  }

  /// The indices of all hashes within `radius` bits of a query, ascending; itself included.
  package func near(_ query: UInt64, radius: Int) -> [Int] {
    precondition((0...11).contains(radius), "HashIndex: radius \(radius)")
    var found = [UInt32](repeating: 0, count: 64)
    var number = search(query, radius, &found)
    if number > found.count {
      found = [UInt32](repeating: 0, count: number)
      number = search(query, radius, &found)
    }
    return found[..<number].map(Int.init).sorted()
  }

  private func search(_ query: UInt64, _ radius: Int, _ found: inout [UInt32]) -> Int {
    found.withUnsafeMutableBufferPointer { found in
      sorted.withUnsafeBufferPointer { sorted in
        order.withUnsafeBufferPointer { order in
          starts.withUnsafeBufferPointer { starts in
            guard let sorted = sorted.baseAddress, let order = order.baseAddress,
              let starts = starts.baseAddress
            else { return 0 }
            return graft_hash_search(
              sorted, order, starts, UInt32(count), query, Int32(radius), found.baseAddress,
              found.count)
          }
        }
      }
    }
  }
}
