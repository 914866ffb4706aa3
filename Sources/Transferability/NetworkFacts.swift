/// What is known of a network before it meets the data.
public struct NetworkFacts: Sendable, Equatable {
  /// Its architecture, by timm's id; nil where that is not known.
  public let architecture: String?
  /// Trained numbers in it; nil where that is not known.
  public let parameterCount: Int?
  /// What it was trained on, as its card says it; nil where it doesn't.
  public let sourceData: String?
  /// Top-1 accuracy of these weights on their source data in 0…1, as the card says it; nil where it doesn't.
  public let statedAccuracy: Double?

  /// Facts of a network.
  public init(
    architecture: String?, parameterCount: Int? = nil, sourceData: String? = nil,
    statedAccuracy: Double? = nil
  ) {
    self.architecture = architecture
    self.parameterCount = parameterCount
    self.sourceData = sourceData
    self.statedAccuracy = statedAccuracy
  }

  /// What the name of a network tells: timm's `architecture.tag`, or nothing.
  public init(name: String) {
    let first = name.split(separator: "/").last.map(String.init) ?? name
    let architecture = first.split(separator: ".").first.map(String.init) ?? first
    let known = PublishedNetworks.entry(architecture)
    self.init(
      architecture: known == nil ? nil : architecture, parameterCount: known?.parameterCount)
  }

  private var published: PublishedNetworks.Entry? {
    architecture.flatMap { PublishedNetworks.entry($0) }
  }

  /// Whether published values of the architecture, all for ImageNet-1k, are of the same source data.
  private var isFromImageNet: Bool {
    guard let name = sourceData?.lowercased() else { return true }
    return name.contains("imagenet") && !name.contains("21k") && !name.contains("22k")
      && !name.contains("12k")
  }

  /// Top-1 accuracy on ImageNet-1k, in 0…1.
  ///
  /// What the card says of these weights, else what was published for the architecture. Accuracies on
  /// other source data cannot be compared, and are none.
  var sourceAccuracy: Double? {
    guard isFromImageNet else { return nil }
    return (sourceData == nil ? nil : statedAccuracy) ?? published?.accuracy
  }

  /// Mean rank in the published tables, 11 the best of eleven.
  var publishedRank: Double? { isFromImageNet ? published?.meanRank : nil }

  /// The network's own count, else that of the architecture.
  var parameters: Int? { parameterCount ?? published?.parameterCount }
}
