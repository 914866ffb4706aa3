internal import Tensors

/// Finds pictures that may be near-duplicates, by perceptual hashes, without comparing all pairs.
///
/// Two pictures are candidates when the hash of a window of one lies within `radius` bits of the hash
/// of the whole of the other, and their 8 × 8 thumbnails correlate. Pictures of at most `smallSide`
/// pixels look alike far too often (half of all handwritten ones do): of them only the wholes are
/// compared, and the thumbnails must be nearly equal, so that cuts of whole pixels, 3 % there, are not
/// found. The search over the hashes is exact. Pictures with the same pixels take part once, those with too little contrast to be told
/// apart not at all; hashes that are equal are looked up once. Of pictures that share a hash each is
/// compared with the first eight and with the eight before it, and of its candidates each keeps the
/// `limit` with the nearest thumbnails, so that many pictures that look alike don't cost their
/// square.
///
/// - Reference: Norouzi, Punjani & Fleet, Fast search in Hamming space with multi-index hashing,
///   CVPR 2012.
struct NearDuplicateSearch {
  /// Two pictures to be compared closely, `first` < `second`.
  struct Candidate: Hashable, Sendable {
    let first: Int
    let second: Int
    /// The window of one of them that the other may be: an index in `PerceptualHash.windows`.
    let window: Int
    /// Whether it is a window of the second, and not of the first.
    let isOfSecond: Bool
  }

  /// Bits that may differ: one in each of the four chunks at least stays within one flip.
  static let radius = 7
  /// Standard deviation of luminance, in levels, from which a picture has anything to compare.
  static let minimumContrast: Float = 3
  /// Rows and columns from which a picture has anything to compare.
  static let minimumSide = 8
  /// The least correlation of thumbnails.
  static let minimumCorrelation: Float = 0.8
  /// The longer side up to which a picture is small.
  static let smallSide: Int32 = 32
  /// The most that thumbnails of small pictures differ on average, in levels.
  static let smallDistance: Float = 6
  /// Candidates kept for a picture.
  static let limit = 32
  /// Members compared of pictures with the same hash.
  private static let neighbours = 8

  private let table: InspectionTable
  /// The first of each set of pictures with the same pixels.
  private let members: [Int]

  /// A search among these samples, the first of each set with equal pixels.
  init(_ table: InspectionTable, among members: [Int]) {
    self.table = table
    self.members = members.filter {
      table.records[$0].measures.contrast >= Self.minimumContrast
        && min(table.records[$0].width, table.records[$0].height) >= Self.minimumSide
    }
  }

  private var windowCount: Int { PerceptualHash.windows.count }

  /// The candidates, ordered; the same whatever the number of threads.
  ///
  /// Cost: for n different hashes some 750 n bucket look-ups of n / 65,536 entries each.
  func candidates() -> [Candidate] {
    var bySharedHash: [UInt64: [Int]] = [:]
    for index in members {
      bySharedHash[table.hashes[index * windowCount], default: []].append(index)
    }
    let unique = bySharedHash.keys.sorted()
    let groups = unique.map { bySharedHash[$0] ?? [] }
    let index = HashIndex(unique)
    let pieces = (members.count + 255) / 256
    var found = [[Candidate]](repeating: [], count: pieces)
    found.withUnsafeMutableBufferPointer { slots in
      Parallel.forEach(pieces) { piece in
        var result: [Candidate] = []
        for place in piece * 256..<min((piece + 1) * 256, members.count) {
          result += self.candidates(of: members[place], in: index, groups: groups)
        }
        slots[piece] = result
      }
    }
    var result = found.flatMap { $0 }
    for group in groups where group.count > 1 {
      for (place, second) in group.enumerated() {
        let near = Array(max(0, place - Self.neighbours)..<place)
        for other in Set(near).union(0..<min(place, Self.neighbours)).sorted() {
          result.append(
            Candidate(first: group[other], second: second, window: 0, isOfSecond: false))
        }
      }
    }
    return Self.once(result)
  }

  /// Pictures whose whole is near a window of this one.
  private func candidates(
    of picture: Int, in index: HashIndex, groups: [[Int]]
  ) -> [Candidate] {
    var best: [Int: (window: Int, distance: Int, correlation: Float)] = [:]
    for window in 0..<(isSmall(picture) ? 1 : windowCount) {
      let query = table.hashes[picture * windowCount + window]
      for place in index.near(query, radius: Self.radius) {
        for other in groups[place].prefix(Self.neighbours) where other != picture {
          let distance = (query ^ table.hashes[other * windowCount]).nonzeroBitCount
          if let known = best[other] {
            if distance < known.distance { best[other] = (window, distance, known.correlation) }
            continue
          }
          if let likeness = likeness(picture, other) {
            best[other] = (window, distance, likeness)
          }
        }
      }
    }
    let nearest = best.sorted { ($1.value.correlation, $0.key) < ($0.value.correlation, $1.key) }
    return nearest.prefix(Self.limit).map { other, match in
      Candidate(
        first: min(picture, other), second: max(picture, other), window: match.window,
        isOfSecond: picture > other)
    }
  }

  private func isSmall(_ picture: Int) -> Bool {
    max(table.records[picture].width, table.records[picture].height) <= Self.smallSide
  }

  /// The correlation of the thumbnails, or nil where they are too different.
  private func likeness(_ a: Int, _ b: Int) -> Float? {
    table.descriptors.withUnsafeBufferPointer { bytes in
      guard let base = bytes.baseAddress else { return nil }
      let first = base + a * ThumbnailDescriptor.length
      let second = base + b * ThumbnailDescriptor.length
      if isSmall(a) || isSmall(b),
        ThumbnailDescriptor.distance(first, second) > Self.smallDistance
      {
        return nil
      }
      let correlation = ThumbnailDescriptor.correlation(first, second)
      return correlation >= Self.minimumCorrelation ? correlation : nil
    }
  }

  /// Ordered, each pair once: with the window of the earlier look.
  private static func once(_ candidates: [Candidate]) -> [Candidate] {
    let sorted = candidates.sorted {
      ($0.first, $0.second, $0.window, $0.isOfSecond ? 1 : 0)
        < ($1.first, $1.second, $1.window, $1.isOfSecond ? 1 : 0)
    }
    var result: [Candidate] = []
    for candidate in sorted {
      if let last = result.last, last.first == candidate.first, last.second == candidate.second {
        continue
      }
      result.append(candidate)
    }
    return result
  }
}
