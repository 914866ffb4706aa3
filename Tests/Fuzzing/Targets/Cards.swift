import Checkpoints

extension FuzzTarget {
  /// Graft's own cards, in YAML.
  static let modelCard = FuzzTarget(name: "model-card") { bytes in
    _ = try ModelCard.parse(yaml: String(decoding: bytes, as: UTF8.self))
  }

  /// timm's config.json, read as a card.
  static let timmConfiguration = FuzzTarget(name: "timm-config") { bytes in
    _ = try ModelCard.parse(timm: bytes, id: "fuzzed")
  }

  /// The index of a checkpoint in several files.
  static let shardIndex = FuzzTarget(name: "shard-index") { bytes in _ = try ShardIndex(bytes) }
}
