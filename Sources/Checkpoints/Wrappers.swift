/// What training programs wrap around a network's own names.
enum Wrappers {
  /// Prefixes of modules that hold a network and add nothing to it.
  private static let names = [
    "module", "_orig_mod", "state_dict", "model", "net", "network", "backbone", "encoder",
    "base_model", "base_encoder", "encoder_q", "feature_extractor", "trunk", "student", "teacher",
    "momentum_encoder", "student_backbone", "teacher_backbone", "timm_model", "_model", "model_ema",
    "ema", "ema_model", "online_encoder", "visual_encoder", "image_encoder",
  ]

  /// The prefix of the network's names: the one that all names share, and beyond it the one of
  /// `backbone` or the like that stands beside other modules (a projection head, a loss).
  ///
  /// Of two networks in one file, as in self-supervised training, the first in the file's order of
  /// `names` is meant.
  static func prefix(of names: [String]) -> String {
    var prefix = ""
    while let next = Wrappers.next(names, after: prefix) { prefix += next }
    return prefix
  }

  private static func next(_ names: [String], after prefix: String) -> String? {
    let inside = names.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
    guard !inside.isEmpty else { return nil }
    var counts: [Substring: Int] = [:]
    for name in inside {
      guard let dot = name.firstIndex(of: ".") else { continue }
      counts[name[..<dot], default: 0] += 1
    }
    if let all = Wrappers.names.first(where: { counts[$0[...]] == inside.count }) {
      return all + "."
    }
    // A network beside its heads and losses: most of the tensors are its own, and nothing else looks
    // like the stem of a network.
    guard let most = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }),
      partial.contains(String(most.key)), most.value * 2 > inside.count
    else { return nil }
    return most.key + "."
  }

  /// Modules that stand beside others; `model` or `encoder` may be a proper part of a network.
  private static let partial: Set<String> = [
    "module", "backbone", "base_encoder", "encoder_q", "student", "teacher", "model", "net",
    "student_backbone", "teacher_backbone", "timm_model", "online_encoder", "visual_encoder",
    "image_encoder", "feature_extractor", "trunk",
  ]
}
