/// A work that rules cite, from `rules/citations.yaml`.
public struct Citation: Codable, Sendable, Equatable {
  /// The key rules use, such as `li2020`.
  public let key: String
  /// The authors, as one prints them.
  public let authors: String
  /// The title.
  public let title: String
  /// Journal, conference or archive.
  public let venue: String
  /// The year it appeared.
  public let year: Int
  /// A web address, if there is a lasting one.
  public let url: String?

  /// The reference in one line, with authors, year, title and venue.
  public var text: String { "\(authors) (\(year)). \(title). \(venue)." }
}
