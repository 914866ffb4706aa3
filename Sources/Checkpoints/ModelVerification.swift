internal import Foundation
internal import Hub

/// What `graft models verify` found: every model read again from its first byte, and opened.
public struct ModelVerification: Codable, Sendable {
  /// One model.
  public struct Entry: Codable, Sendable, Equatable {
    /// Its id.
    public var model: String
    /// Its weights.
    public var path: String
    /// Their length.
    public var byteCount: Int
    /// Their digest as it is now; nil where they could not be read.
    public var sha256: String?
    /// What the digest was compared with: `card`, `hub`, or nothing where neither states one.
    public var comparedWith: String?
    /// What is wrong, as a sentence; nil where nothing is.
    public var problem: String?
  }

  /// The version of this value's written form.
  public var schema = "graft.verification/1"
  /// Every model, in the order of the catalogue.
  public var models: [Entry] = []

  /// A report of no models yet.
  public init() {}

  /// Whether nothing is wrong with any.
  public var isSound: Bool { models.allSatisfy { $0.problem == nil } }
}

extension ModelCatalogue {
  /// Reads a model's files again, compares them with the digests that are stated of them, and opens it.
  ///
  /// - Parameters:
  ///   - spec: The model, as ``resolve(_:details:)`` takes it.
  ///   - progress: Is asked before every MiB with the bytes read so far; false stops.
  /// - Returns: nil where the work was stopped.
  public func verify(_ spec: String, progress: (Int) -> Bool) -> ModelVerification.Entry? {
    var entry = ModelVerification.Entry(model: spec, path: spec, byteCount: 0)
    var wasStopped = false
    func goesOn(_ done: Int) -> Bool {
      if !progress(done) { wasStopped = true }
      return !wasStopped
    }
    do throws(CheckpointError) {
      let location = try locate(spec)
      entry.model = location.id
      entry.path = location.weights.path
      entry.byteCount = WeightDigest.byteCount(of: location.weights)
      let digest = try WeightDigest.sha256(of: location.weights, isFresh: true, progress: goesOn)
      entry.sha256 = digest
      if let stated = location.card?.sha256?.lowercased() {
        entry.comparedWith = "card"
        if stated != digest {
          entry.problem =
            "Its bytes are not those of its card: their SHA-256 is \(digest.prefix(12))…, not "
            + "\(stated.prefix(12))…."
        }
      }
      if entry.problem == nil { try compareWithHub(location, &entry, goesOn) }
      if entry.problem == nil { _ = try ModelCatalogue.open(location, details: CardDetails()) }
    } catch {
      entry.problem = error.description
    }
    return wasStopped ? nil : entry
  }

  /// Compares every file of a pulled snapshot with the name of its blob.
  private func compareWithHub(
    _ location: WeightLocation, _ entry: inout ModelVerification.Entry, _ goesOn: (Int) -> Bool
  ) throws(CheckpointError) {
    let hub = cache
    guard let reference = location.reference, let snapshot = hub.snapshot(of: reference)
    else { return }
    entry.comparedWith = "hub"
    for (name, etag) in hub.files(ofSnapshot: snapshot) {
      let file = snapshot.appendingPathComponent(name)
      do {
        guard try HubCache.matches(etag, file, progress: goesOn) == false else { continue }
      } catch {
        throw CheckpointError(file: file, .unreadable("its bytes are not there, or not readable"))
      }
      entry.problem =
        "The bytes of \(name) are not those of the repository; remove the model and pull it again."
      return
    }
  }
}
