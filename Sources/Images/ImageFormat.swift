internal import CImageCodecs
internal import Foundation

/// A picture format, as its first bytes announce it.
public enum ImageFormat: String, Codable, Sendable, Hashable, CaseIterable {
  case jpeg, png
  case webp, gif, bmp, tiff, heic, avif
  case jpegXL = "jpeg-xl"
  case jpeg2000 = "jpeg-2000"
  case psd, ico

  /// True for the formats that `ImageDecoder` reads.
  public var isSupported: Bool { self == .jpeg || self == .png }

  /// The name that people use, such as "JPEG" or "WebP".
  public var name: String {
    switch self {
    case .jpeg: "JPEG"
    case .png: "PNG"
    case .webp: "WebP"
    case .gif: "GIF"
    case .bmp: "BMP"
    case .tiff: "TIFF"
    case .heic: "HEIC"
    case .avif: "AVIF"
    case .jpegXL: "JPEG XL"
    case .jpeg2000: "JPEG 2000"
    case .psd: "Photoshop"
    case .ico: "icon"
    }
  }

  /// A command that makes a PNG of a file of this format: of the format's own tools where
  /// ImageMagick is often built without it.
  func conversion(of file: String) -> String {
    let name = (file as NSString).lastPathComponent
    let stem = (name as NSString).deletingPathExtension
    let target = "\(stem == name || name.hasSuffix(".png") ? stem + "-converted" : stem).png"
    return switch self {
    case .heic: "libheif: heif-convert \(name) \(target)"
    case .avif: "libavif: avifdec \(name) \(target)"
    case .webp: "libwebp: dwebp \(name) -o \(target)"
    case .jpegXL: "libjxl: djxl \(name) \(target)"
    // The first of several frames or pages or layers.
    case .gif, .tiff, .psd, .ico: "ImageMagick: magick '\(name)[0]' \(target)"
    case .jpeg, .png, .bmp, .jpeg2000: "ImageMagick: magick \(name) \(target)"
    }
  }

  /// The format of a file from its first bytes (16 are enough), or nil when none is known.
  public init?(sniffing bytes: [UInt8]) {
    let code = bytes.withUnsafeBufferPointer { graft_image_sniff($0.baseAddress, $0.count) }
    self.init(code: Int32(code.rawValue))
  }

  init?(code: Int32) {
    switch graft_image_format(UInt32(code)) {
    case GRAFT_FORMAT_JPEG: self = .jpeg
    case GRAFT_FORMAT_PNG: self = .png
    case GRAFT_FORMAT_WEBP: self = .webp
    case GRAFT_FORMAT_GIF: self = .gif
    case GRAFT_FORMAT_BMP: self = .bmp
    case GRAFT_FORMAT_TIFF: self = .tiff
    case GRAFT_FORMAT_HEIC: self = .heic
    case GRAFT_FORMAT_AVIF: self = .avif
    case GRAFT_FORMAT_JPEG_XL: self = .jpegXL
    case GRAFT_FORMAT_JPEG_2000: self = .jpeg2000
    case GRAFT_FORMAT_PSD: self = .psd
    case GRAFT_FORMAT_ICO: self = .ico
    default: return nil
    }
  }
}
