import Checkpoints

extension FuzzTarget {
  /// Graft's own cards, in YAML.
  static let modelCard = FuzzTarget(name: "model-card") { bytes in
    do { _ = try ModelCard.parse(yaml: String(decoding: bytes, as: UTF8.self)) } catch {}
  }

  /// timm's config.json, read as a card.
  static let timmConfiguration = FuzzTarget(name: "timm-config") { bytes in
    do throws(CheckpointError.Problem) {
      _ = try ModelCard.parse(timm: bytes, id: "fuzzed")
    } catch {}
  }

  /// The index of a checkpoint in several files.
  static let shardIndex = FuzzTarget(name: "shard-index") { bytes in
    do throws(CheckpointError.Problem) { _ = try ShardIndex(bytes) } catch {}
  }
}
