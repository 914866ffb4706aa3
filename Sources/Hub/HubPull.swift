internal import Files
internal import Foundation

/// What `graft models pull` has brought: a model's files in the cache.
public struct HubPull: Codable, Sendable, Equatable {
  /// One file.
  public struct File: Codable, Sendable, Equatable {
    /// Its path in the repository.
    public var name: String
    /// Its path on this machine.
    public var path: String
    /// How long it is.
    public var byteCount: Int
    /// Whether it had to be fetched.
    public var wasFetched: Bool
    /// What its bytes were compared with when they came: `SHA-256`, `SHA-1` (of git), or nothing.
    public var verified: String?
  }

  /// The model, as other commands take it.
  public var model: String
  /// The commit that the revision stands for.
  public var commit: String
  /// The folder of the files.
  public var folder: String
  /// The files.
  public var files: [File]
}

extension HubClient {
  /// Brings a model: its `config.json` where it has one, and its weights.
  ///
  /// Weights are the files that are named, or the first of `model.safetensors`,
  /// `model.safetensors.index.json` with its shards, `pytorch_model.bin`, and
  /// `pytorch_model.bin.index.json` with its shards. All come from one commit, whatever happens to
  /// the branch meanwhile.
  ///
  /// - Throws: ``HubError``.
  public func pull(
    _ reference: HubReference, files: [String] = []
  ) throws(HubError) -> HubPull {
    var source = reference.whole
    var fetched: [FetchedFile] = []
    func take(_ file: String) throws(HubError) {
      if fetched.contains(where: { $0.name == file }) { return }
      let next: FetchedFile
      do throws(HubError) { next = try fetch(file, of: source) } catch {
        // In the words of the caller, who named no commit.
        guard case .noFile = error else { throw error }
        throw .noFile(file, reference: reference.whole.description)
      }
      source.revision = next.commit
      fetched.append(next)
    }
    /// Whether the file is there; where nothing may be asked, what is not here is not there.
    func takeIfPresent(_ file: String) throws(HubError) -> Bool {
      do throws(HubError) { try take(file) } catch {
        switch error {
        case .noFile, .offline: return false
        default: throw error
        }
      }
      return true
    }
    func takeWeights() throws(HubError) {
      for stem in ["model.safetensors", "pytorch_model.bin"] {
        if try takeIfPresent(stem) { return }
        if try takeIfPresent(stem + ".index.json"), let index = fetched.last {
          for shard in try HubClient.shards(of: index.url) { try take(shard) }
          return
        }
      }
      if environment.isOffline {
        throw .offline(reference: reference.description, cache: cache.folder.path)
      }
      throw .noWeights(
        reference: reference.whole.description,
        files: Array(self.files(of: source).filter(HubClient.looksLikeWeights).prefix(12)))
    }
    _ = try takeIfPresent("config.json")
    let named = files + (reference.file.map { [$0] } ?? [])
    if named.isEmpty { try takeWeights() } else { for file in named { try take(file) } }
    return HubPull(
      model: reference.description, commit: source.revision,
      folder: cache.snapshot(source.revision, of: source.repository).path,
      files: fetched.map {
        HubPull.File(
          name: $0.name, path: $0.url.path, byteCount: $0.byteCount, wasFetched: $0.wasFetched,
          verified: $0.verified?.rawValue)
      })
  }

  static func looksLikeWeights(_ name: String) -> Bool {
    ["safetensors", "bin", "pt", "pth", "th", "onnx", "npz"]
      .contains((name as NSString).pathExtension)
  }

  /// The files that an index of shards names, each once.
  static func shards(of index: URL) throws(HubError) -> [String] {
    struct Index: Decodable {
      var map: [String: String]
      enum CodingKeys: String, CodingKey { case map = "weight_map" }
    }
    func fail(_ reason: String) -> HubError {
      .badIndex(file: index.lastPathComponent, reason: reason)
    }
    let names: [String]
    do {
      let data = try Data(contentsOf: index)
      names = Set(try JSONDecoder().decode(Index.self, from: data).map.values).sorted()
    } catch { throw fail("it holds no 'weight_map' of names to files") }
    guard (1...1000).contains(names.count) else { throw fail("it names \(names.count) files") }
    for name in names where !HubReference.isPath(name) {
      throw fail("it names the file '\(name)'")
    }
    return names
  }
}
