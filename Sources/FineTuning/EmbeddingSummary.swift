import Networks
import Tensors

/// What `graft embed --json` prints.
public struct EmbeddingSummary: Codable, Sendable, Equatable {
  /// The version of this value's written form.
  public static let schema = "graft.embedding/1"

  /// The version of the written form.
  public var schema = EmbeddingSummary.schema
  /// The model's id.
  public var model: String
  /// Rows of the table.
  public var images: Int
  /// Numbers in a row.
  public var featureCount: Int
  /// Classes of the source classifier, or nil without one.
  public var sourceClassCount: Int?
  /// Wall-clock seconds of decoding and inference; zero where kept embeddings were used.
  public var seconds: Double
  /// Images per second, decoding included; nil where kept embeddings were used.
  public var imagesPerSecond: Double?
  /// The pictures that could not be read, each as a sentence.
  public var unreadable: [String]
  /// The archive.
  public var file: String

  /// Summarises embeddings that were written to a file.
  public init(_ result: EmbeddedDataset, file: String) {
    model = result.embeddings.model
    images = result.embeddings.count
    featureCount = result.embeddings.featureCount
    sourceClassCount = result.embeddings.sourceProbabilities?.rowLength
    seconds = result.seconds
    imagesPerSecond = result.imagesPerSecond
    unreadable = result.unreadable
    self.file = file
  }
}
