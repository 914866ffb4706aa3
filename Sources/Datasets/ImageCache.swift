internal import Images
internal import Synchronization

/// Keeps decoded pictures in memory so that later epochs don't decode them again.
///
/// Bounded: when full, what is in stays in and the rest is decoded each time, which for repeated
/// passes in random order is as good as any other choice. What a loader yields is the same with and
/// without it. One cache may serve several loaders of one data set.
public final class ImageCache: Sendable {
  private struct Contents {
    var images: [String: Image] = [:]
    var bytes = 0
  }

  private let maximumBytes: Int
  private let contents = Mutex(Contents())

  /// An empty cache for at most `maximumMegabytes` · 2²⁰ bytes of pixels.
  public init(maximumMegabytes: Int = 512) {
    precondition(maximumMegabytes >= 0, "ImageCache: \(maximumMegabytes) MB")
    maximumBytes = maximumMegabytes << 20
  }

  /// Bytes of the pixels held.
  public var bytes: Int { contents.withLock { $0.bytes } }

  /// Pictures held.
  public var count: Int { contents.withLock { $0.images.count } }

  func image(for key: String, load: () throws(ImageError) -> Image) throws(ImageError) -> Image {
    if let found = contents.withLock({ $0.images[key] }) { return found }
    let image = try load()
    let size = image.pixels.count
    contents.withLock {
      guard $0.bytes + size <= maximumBytes, $0.images[key] == nil else { return }
      $0.images[key] = image
      $0.bytes += size
    }
    return image
  }
}
