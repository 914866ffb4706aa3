package import Networks

/// A number for a set of names and shapes, whatever their order: two networks with the same one have,
/// but for an accident of 1 in 2⁶⁴, the same parameters.
///
/// Sums of hashes are subtracted as easily as added, so that a head of any number of classes can be
/// taken off what a file holds. Fingerprints of all architectures are listed in
/// `ArchitectureFingerprint+Listing.swift`, since building 400 graphs takes half a second; the guess
/// builds the few that it compares in full, so that a stale listing costs time and never truth.
package struct ArchitectureFingerprint: Equatable, Sendable {
  /// How many parameters there are.
  package private(set) var count = 0
  private var sum: UInt64 = 0

  /// The fingerprint of nothing.
  package init() {}

  /// The fingerprint of a graph without its head.
  package init(bodyOf graph: Graph) {
    let head = Set(graph.headParameterNames)
    for parameter in graph.parameters where !head.contains(parameter.name) {
      add(parameter.name, parameter.shape)
    }
  }

  /// Adds a parameter.
  package mutating func add(_ name: String, _ shape: [Int]) {
    count += 1
    sum &+= ArchitectureFingerprint.hash(name, shape)
  }

  /// Takes a parameter off that was added.
  package mutating func remove(_ name: String, _ shape: [Int]) {
    count -= 1
    sum &-= ArchitectureFingerprint.hash(name, shape)
  }

  /// FNV-1a of the name and the lengths, then a round of SplitMix64, since sums of FNV alone collide.
  private static func hash(_ name: String, _ shape: [Int]) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    for byte in name.utf8 { mix(byte) }
    for length in shape {
      mix(0xFF)
      for shift in stride(from: 0, to: 64, by: 8) {
        mix(UInt8(truncatingIfNeeded: length >> shift))
      }
    }
    hash = (hash ^ hash >> 30) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ hash >> 27) &* 0x94D0_49BB_1331_11EB
    return hash ^ hash >> 31
  }

  // MARK: The listing

  /// What is listed of an architecture.
  package struct Listed: Sendable {
    /// Of all parameters but the head's.
    package var body: ArchitectureFingerprint
    /// The names of the head's parameters.
    package var headNames: [String]
  }

  /// Every listed architecture by id.
  package static let listing: [String: Listed] = {
    var listing: [String: Listed] = [:]
    for line in listingText.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count == 4, let count = Int(fields[1]), let sum = UInt64(fields[2], radix: 16)
      else { continue }
      var body = ArchitectureFingerprint()
      body.count = count
      body.sum = sum
      listing[String(fields[0])] = Listed(
        body: body, headNames: fields[3].split(separator: ",").map(String.init))
    }
    return listing
  }()

  /// The line of an architecture in the listing.
  package static func line(of architecture: Architecture) -> String {
    let graph = architecture.build(classCount: 1)
    let body = ArchitectureFingerprint(bodyOf: graph)
    let head = graph.headParameterNames.joined(separator: ",")
    return "\(architecture.id) \(body.count) \(String(body.sum, radix: 16)) \(head)"
  }
}
