/// A colour of 8-bit levels.
public struct Colour: Sendable, Hashable, Codable {
  /// Red, 0…255.
  public var red: UInt8
  /// Green, 0…255.
  public var green: UInt8
  /// Blue, 0…255.
  public var blue: UInt8

  /// A colour from its levels.
  public init(red: UInt8, green: UInt8, blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// All levels 255.
  public static let white = Colour(red: 255, green: 255, blue: 255)
  /// All levels 0.
  public static let black = Colour(red: 0, green: 0, blue: 0)
}
