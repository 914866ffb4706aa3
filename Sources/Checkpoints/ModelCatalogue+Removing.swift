internal import Files
internal import Foundation
internal import Hub

/// What goes when a model is removed.
public struct ModelRemoval: Codable, Sendable, Equatable {
  /// A file or folder.
  public struct Item: Codable, Sendable, Equatable {
    /// Its path.
    public var path: String
    /// Bytes of weights in it; 0 for cards, links and the like.
    public var byteCount: Int
  }

  /// The model's id.
  public var model: String
  /// What is deleted.
  public var deleted: [Item]
  /// The weights, where they lie elsewhere and stay.
  public var kept: String?
  /// Whether it has been done.
  public var isDone = false

  /// The path of the weights that are deleted, or of the folder that they go with; empty without any.
  public var weightsPath: String { deleted.first { $0.byteCount > 0 }?.path ?? "" }

  /// Bytes of weights that are deleted.
  public var byteCount: Int { deleted.reduce(0) { $0 + $1.byteCount } }
}

extension ModelCatalogue {
  /// What removing a model would delete: its card, and its weights where they lie in the catalogue or
  /// in the Hub's cache.
  ///
  /// Nothing else is ever deleted.
  ///
  /// - Parameter spec: An id of the catalogue, `hf:OWNER/NAME`, or a path in one of ``folders``.
  /// - Throws: ``CheckpointError`` where there is no such model, or it lies elsewhere.
  public func removal(of spec: String) throws(CheckpointError) -> ModelRemoval {
    if HubReference.matches(spec) { return try removal(pulled: spec) }
    let location = try locate(spec)
    if let reference = location.reference,
      location.cardFile.map({ !contains($0) }) ?? true
    {
      return try removal(pulled: reference.whole.description)
    }
    let card = location.cardFile.flatMap { contains($0) ? $0 : nil }
    let weights = contains(location.weights) ? location.weights : nil
    guard card != nil || weights != nil else {
      throw CheckpointError(
        file: location.weights,
        .unrecognised("it lies outside the catalogue; delete it yourself if it shall go"))
    }
    var removal = ModelRemoval(
      model: location.id, deleted: [], kept: weights == nil ? location.weights.path : nil)
    if let folder = member(containing: card ?? location.weights) {
      // A folder in timm's layout goes as a whole; a link to one elsewhere goes alone.
      removal.deleted = [item(folder, weights: location.weights)]
      return removal
    }
    for file in [card, weights].compactMap({ $0 }) {
      removal.deleted.append(item(file, weights: file == card ? nil : file))
    }
    return removal
  }

  private func removal(pulled spec: String) throws(CheckpointError) -> ModelRemoval {
    let hub = cache
    let place = URL(string: spec) ?? URL(fileURLWithPath: spec)
    let reference: HubReference
    do { reference = try HubReference(spec) } catch {
      throw CheckpointError(file: place, .unrecognised(oneLine(error.description)))
    }
    let plan = hub.removal(of: reference)
    guard !plan.paths.isEmpty else {
      throw CheckpointError(file: place, .unrecognised("it is not in \(hub.folder.path)"))
    }
    return ModelRemoval(
      model: reference.whole.description,
      deleted: plan.paths.enumerated().map { index, path in
        ModelRemoval.Item(path: path.path, byteCount: index == 0 ? plan.byteCount : 0)
      }, kept: nil)
  }

  /// Deletes what a plan names.
  ///
  /// - Throws: ``CheckpointError`` with `.unwritable`, naming what could not be deleted.
  public func carryOut(_ removal: ModelRemoval) throws(CheckpointError) -> ModelRemoval {
    for item in removal.deleted {
      let url = URL(fileURLWithPath: item.path)
      do { try FileManager.default.removeItem(at: url) } catch {
        guard FileManager.default.fileExists(atPath: item.path) else { continue }
        throw CheckpointError(file: url, .unwritable(systemReason(error)))
      }
    }
    var done = removal
    done.isDone = true
    return done
  }

  /// The direct sub-folder of a catalogue's folder that a file lies in; nil for a file that lies in
  /// the folder itself.
  private func member(containing file: URL) -> URL? {
    for folder in folders {
      let root = folder.standardizedFileURL.pathComponents
      let path = file.standardizedFileURL.pathComponents
      guard path.starts(with: root), path.count > root.count + 1 else { continue }
      return folder.appendingPathComponent(path[root.count])
    }
    return nil
  }

  private func item(_ url: URL, weights: URL?) -> ModelRemoval.Item {
    let isLink = (try? FileManager.default.destinationOfSymbolicLink(atPath: url.path)) != nil
    return ModelRemoval.Item(
      path: url.path, byteCount: isLink ? 0 : weights.map { WeightDigest.byteCount(of: $0) } ?? 0)
  }
}
