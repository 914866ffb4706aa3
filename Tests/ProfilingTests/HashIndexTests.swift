import Profiling
import Tensors
import Testing

@Suite("Search among 64-bit hashes")
struct HashIndexTests {
  private func near(_ hashes: [UInt64], _ query: UInt64, _ radius: Int) -> [Int] {
    hashes.indices.filter { (hashes[$0] ^ query).nonzeroBitCount <= radius }
  }

  @Test("Finds exactly what comparing with all finds", arguments: [0, 3, 4, 7, 8, 11])
  func exact(radius: Int) {
    let random = CounterRandom(seed: 4, key: "hashes")
    var hashes = (0..<400).map { random.bits(at: UInt64($0)) }
    // Neighbours at every distance, also with all flips in one chunk, and many in one bucket.
    for i in 0..<400 {
      var flipped = hashes[i % 40]
      for k in 0..<(i % 14) { flipped ^= 1 << (random.bits(at: UInt64(1000 + i * 20 + k)) % 64) }
      hashes.append(flipped)
      hashes.append(hashes[i % 40] ^ ((1 << UInt64(i % 12)) - 1))
    }
    for i in 0..<200 { hashes.append(UInt64(i) << 40) }
    let index = HashIndex(hashes)
    var total = 0
    for query in hashes + [0, .max, 0xFFFF] {
      let found = index.near(query, radius: radius)
      #expect(found == near(hashes, query, radius))
      total += found.count
    }
    #expect(total > hashes.count)
  }

  @Test("No hashes, one hash, and equal ones")
  func small() {
    #expect(HashIndex([]).near(3, radius: 7).isEmpty)
    #expect(HashIndex([5]).near(4, radius: 1) == [0])
    #expect(HashIndex([5]).near(2, radius: 1).isEmpty)
    #expect(HashIndex([9, 9, 9]).near(9, radius: 0) == [0, 1, 2])
  }
}
