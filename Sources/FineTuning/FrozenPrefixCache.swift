import Checkpoints
package import Datasets
import Files
package import Foundation
package import Images
package import Networks
package import Tensors

/// What a frozen prefix of a network makes of a data set, kept on disk and mapped into memory.
///
/// The prefix runs once as inference over each view of each picture; training then reads
/// activations instead of pictures. This is the greatest saving that transfer learning allows.
/// View 0 is the picture as for evaluation; the others are drawn by the augmentation.
package struct FrozenPrefixCache {
  /// How an activation lies in the table.
  package enum Precision: String, Sendable, CaseIterable {
    /// As it is computed: a suffix trains as it would behind the prefix.
    case float32
    /// In half the space, each number with a relative error of at most 2⁻⁸.
    case bfloat16

    /// Bytes of one number.
    var size: Int { self == .float32 ? 4 : 2 }
  }

  /// The class of each picture that could be read in every view.
  package let labels: [Int]
  /// Views of each picture.
  package let viewCount: Int
  /// The shape of one activation.
  package let shape: SampleShape
  /// The pictures that could not be read, each as a sentence.
  package let unreadable: [String]
  private let table: Data
  private let precision: Precision
  /// Rows of the table for each view: the place of a label's activation.
  private let places: [[Int]]

  /// Runs the prefix over every view and writes the table.
  ///
  /// - Parameters:
  ///   - file: where the table lies; overwritten, and up to the caller to remove.
  ///   - precision: how activations lie in the table.
  ///   - augmentation: draws the views after the first; without it there is one view.
  /// - Throws: `CancellationError`; `OutputError` when the disk is full; errors of the network.
  package init(
    prefix: Network, dataset: Dataset, preprocessing: Preprocessing, augmentation: Augmentation?,
    viewCount: Int, batchSize: Int, seed: UInt64, precision: Precision = .float32, file: URL,
    events: RunEventHandler, cancellation: Cancellation
  ) throws {
    let size = preprocessing.imageSize
    let last = prefix.graph.stages.last?.outputNode ?? ""
    let plan = try InferencePlan(
      network: prefix, batchSize: min(batchSize, max(dataset.samples.count, 1)),
      imageHeight: size, imageWidth: size, outputs: [.node(last)])
    let views = augmentation == nil ? 1 : max(1, viewCount)
    guard FileManager.default.createFile(atPath: file.path, contents: nil),
      let handle = FileHandle(forWritingAtPath: file.path)
    else {
      throw OutputError.unwritable(path: file.path, reason: "the file can't be made")
    }
    defer { try? handle.close() }
    var written = 0
    var rowOf: [[Int: Int]] = []
    var sentences: [String] = []
    var sample: [Int] = []
    let total = dataset.samples.count * views
    let images = ImageCache()
    for view in 0..<views {
      let loader = BatchLoader(
        dataset: dataset, preprocessing: preprocessing,
        augmentation: view == 0 ? nil : augmentation, batchSize: plan.batchSize, seed: seed,
        threads: Parallel.threadCount, cache: views > 1 ? images : nil)
      let stream = loader.batches(epoch: view)
      defer { stream.cancel() }
      var rows: [Int: Int] = [:]
      while let batch = stream.next() {
        try cancellation.check()
        let output = try plan.run(batch.images)[0]
        sample = Array(output.shape.dropFirst())
        do {
          try handle.write(contentsOf: Self.bytes(of: output, precision))
        } catch {
          throw OutputError.unwritable(path: file.path, reason: systemReason(error))
        }
        for index in batch.indices {
          rows[index] = written
          written += 1
        }
        events(.progress(done: written, total: total, unit: "views"))
      }
      rowOf.append(rows)
      if view == 0 { sentences = stream.findings.map { ImageInference.sentence($0) } }
    }
    events(.progress(done: total, total: total, unit: "views"))
    let readable = dataset.samples.indices.filter { index in
      rowOf.allSatisfy { $0[index] != nil }
    }
    guard let shape = SampleShape(dimensions: sample), !readable.isEmpty else {
      throw EmbeddingError.nothingReadable(dataset: dataset.name)
    }
    self.shape = shape
    labels = readable.map { dataset.samples[$0].label }
    places = rowOf.map { rows in readable.compactMap { rows[$0] } }
    self.viewCount = views
    unreadable = sentences
    self.precision = precision
    table = try Data(contentsOf: file, options: .alwaysMapped)
  }

  /// The activations of some pictures, each in one view: `[B, …]`.
  package func inputs(_ rows: [(row: Int, view: Int)]) -> Tensor {
    let count = shape.count
    var result = Tensor(shape: [rows.count] + shape.dimensions)
    table.withUnsafeBytes { source in
      result.withUnsafeMutableBufferPointer { target in
        for (slot, row) in rows.enumerated() {
          let begin = places[row.view][row.row] * count * precision.size
          let bytes = UnsafeRawBufferPointer(
            rebasing: source[begin..<(begin + count * precision.size)])
          let values = UnsafeMutableBufferPointer(
            rebasing: target[(slot * count)..<((slot + 1) * count)])
          switch precision {
          case .float32: UnsafeMutableRawBufferPointer(values).copyMemory(from: bytes)
          case .bfloat16: BFloat16.widen(bytes.bindMemory(to: UInt16.self), into: values)
          }
        }
      }
    }
    return result
  }

  /// A batch as it lies in the table.
  private static func bytes(of output: Tensor, _ precision: Precision) -> Data {
    output.withUnsafeBufferPointer { values in
      switch precision {
      case .float32: return Data(UnsafeRawBufferPointer(values))
      case .bfloat16:
        var data = Data(count: values.count * 2)
        data.withUnsafeMutableBytes {
          BFloat16.narrow(values, into: $0.bindMemory(to: UInt16.self))
        }
        return data
      }
    }
  }
}
