internal import Datasets
internal import Images

/// What one look at a sample's file says.
struct Inspection: Sendable {
  var width = 0
  var height = 0
  var isGrey = false
  var fileType = ""
  var hash: PixelHash?
  var warning: String?
  var error: ImageError?

  /// Decodes a sample whole and measures it; a picture that can't be read is an inspection too.
  init(_ sample: Sample, of dataset: Dataset, limits: ImageLimits) {
    do throws(ImageError) {
      let (image, header) = try dataset.loadImageWithHeader(sample, limits: limits)
      width = image.width
      height = image.height
      isGrey = image.isGrey
      fileType = header?.format.rawValue ?? dataset.packedTypeName ?? "pixels"
      hash = image.pixelHash
      warning = header?.warning
    } catch {
      self.error = error
    }
  }
}
