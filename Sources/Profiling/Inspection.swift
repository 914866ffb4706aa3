internal import Datasets
internal import Images

/// What one look at a sample's file says: a small record of fixed size, whatever the picture's.
struct Inspection: Sendable {
  /// Columns and rows, upright; 0 where the file can't be read.
  var width: Int32 = 0
  var height: Int32 = 0
  var measures = PictureMeasures()
  /// Nil where the file can't be read.
  var hash: PixelHash?
  var format: ImageFormat?
  var isGrey = false

  var isReadable: Bool { hash != nil }
}

/// What one look at the samples of a data set says, in their order.
///
/// Memory: some 220 bytes a sample beside the data set's own list; words only about those that are
/// damaged.
struct InspectionTable: Sendable {
  /// One record a sample.
  private(set) var records: [Inspection] = []
  /// `PerceptualHash.windows.count` hashes a sample.
  private(set) var hashes: [UInt64] = []
  /// `ThumbnailDescriptor.length` bytes a sample.
  private(set) var descriptors: [UInt8] = []
  /// Why samples can't be read, by index.
  private(set) var errors: [Int: ImageError] = [:]
  /// What the decoder found odd about samples that can be read, by index.
  private(set) var warnings: [Int: String] = [:]

  /// Of an empty data set, with room for so many samples.
  init(capacity: Int = 0) {
    records.reserveCapacity(capacity)
    hashes.reserveCapacity(capacity * PerceptualHash.windows.count)
    descriptors.reserveCapacity(capacity * ThumbnailDescriptor.length)
  }

  /// Decodes a sample whole, once, and measures it; a picture that can't be read is a record too.
  mutating func add(_ sample: Sample, of dataset: Dataset) {
    var record = Inspection()
    do throws(ImageError) {
      let (image, header) = try dataset.loadImageWithHeader(sample)
      let luminance = Luminance(image, longerSide: PictureMeasures.longerSide)
      let sums = BoxAverages(luminance.values, width: luminance.width, height: luminance.height)
      record.width = Int32(image.width)
      record.height = Int32(image.height)
      record.measures = PictureMeasures(luminance)
      record.hash = image.pixelHash
      record.format = header?.format
      record.isGrey = luminance.isGrey
      hashes += PerceptualHash.hashes(sums)
      descriptors += ThumbnailDescriptor.bytes(sums)
      warnings[records.count] = header?.warning
    } catch {
      errors[records.count] = error
      hashes += repeatElement(0, count: PerceptualHash.windows.count)
      descriptors += repeatElement(0, count: ThumbnailDescriptor.length)
    }
    records.append(record)
  }

  /// Adds what was seen of the samples that follow.
  mutating func append(_ next: InspectionTable) {
    let start = records.count
    records += next.records
    hashes += next.hashes
    descriptors += next.descriptors
    for (index, error) in next.errors { errors[start + index] = error }
    for (index, warning) in next.warnings { warnings[start + index] = warning }
  }

  /// Bytes kept for a sample.
  static let bytesPerSample =
    MemoryLayout<Inspection>.stride + 8 * PerceptualHash.windows.count + ThumbnailDescriptor.length
}
