/// The version of Graft.
public enum Version {
  /// The version, as `graft --version` prints it.
  public static let text = "0.1.0"
}
