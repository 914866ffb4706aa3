internal import Archives
internal import Foundation
internal import Images

/// Pictures inside tar shards, read from where they lie: nothing is unpacked.
struct TarPictures: PackedPictures {
  /// A file inside a shard.
  struct Place: Sendable {
    var shard: Int
    var offset: Int
    var count: Int
  }

  let files: [URL]
  let typeName = "tar"
  /// Where each record lies.
  var places: [Place] = []
  /// Where other files lie, by their ids.
  var others: [String: Place] = [:]

  func picture(
    _ record: Int, name: String, limits: ImageLimits
  ) throws(ImageError) -> StoredPicture {
    guard places[record].count <= limits.maximumFileSize else {
      throw .tooManyBytes(
        file: name, bytes: places[record].count, limit: limits.maximumFileSize)
    }
    do throws(FileError.Problem) {
      return .encoded(try read(places[record]))
    } catch {
      switch error {
      case .truncated(let detail): throw .truncated(file: name, detail: detail)
      case .unreadable(let reason): throw .unreadable(file: name, reason: reason)
      default: throw .unreadable(file: name, reason: "\(error)")
      }
    }
  }

  func start(ofOther path: String, count: Int) -> [UInt8]? {
    guard var place = others[path] else { return nil }
    place.count = min(place.count, count)
    return try? read(place)
  }

  private func read(_ place: Place) throws(FileError.Problem) -> [UInt8] {
    try FileRange.read(files[place.shard], from: place.offset, count: place.count)
  }
}
