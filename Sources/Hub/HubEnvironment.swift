internal import Files
public import Foundation

/// What a person has set up for Hugging Face's tools, read from the variables that they read.
///
/// - Reference: huggingface_hub 2.4, "Environment variables".
public struct HubEnvironment: Sendable {
  /// The Hub's address, without a slash at its end (`HF_ENDPOINT`).
  public var endpoint: URL
  /// The folder of all repositories (`HF_HUB_CACHE`, else `hub` in `HF_HOME`).
  public var cacheFolder: URL
  /// What proves who asks (`HF_TOKEN`, else the file `HF_TOKEN_PATH`, else `token` in `HF_HOME`);
  /// nil where there is none or `HF_HUB_DISABLE_IMPLICIT_TOKEN` is set.
  public var token: String?
  /// Whether nothing may be asked of a network (`HF_HUB_OFFLINE`).
  public var isOffline: Bool
  /// For how long a connection may stay silent (`HF_HUB_DOWNLOAD_TIMEOUT`, 10 by default).
  public var timeoutSeconds: Double

  /// Settings stated one by one.
  public init(
    endpoint: URL, cacheFolder: URL, token: String? = nil, isOffline: Bool = false,
    timeoutSeconds: Double = 10
  ) {
    self.endpoint = endpoint
    self.cacheFolder = cacheFolder
    self.token = token
    self.isOffline = isOffline
    self.timeoutSeconds = timeoutSeconds
  }

  /// Reads the variables of the environment.
  ///
  /// - Throws: ``HubError/badEndpoint(_:)`` where `HF_ENDPOINT` is no http or https address.
  public init(
    _ variables: [String: String] = ProcessInfo.processInfo.environment
  ) throws(HubError) {
    func value(_ names: String...) -> String? {
      names.lazy.compactMap { variables[$0] }.first { !$0.isEmpty }
    }
    func isSet(_ names: String...) -> Bool {
      names.contains { ["1", "ON", "YES", "TRUE"].contains(variables[$0]?.uppercased() ?? "") }
    }
    func folder(_ path: String) -> URL {
      URL(fileURLWithPath: HubEnvironment.expand(path, variables), isDirectory: true)
    }
    var address = value("HF_ENDPOINT") ?? "https://huggingface.co"
    while address.hasSuffix("/") { address.removeLast() }
    guard let endpoint = URL(string: address), endpoint.host?.isEmpty == false,
      ["http", "https"].contains(endpoint.scheme?.lowercased() ?? "")
    else { throw .badEndpoint(address) }
    self.endpoint = endpoint
    cacheFolder = HubEnvironment.cacheFolder(variables)
    let home = HubEnvironment.home(variables)
    let file =
      value("HF_TOKEN_PATH").map { folder($0) } ?? home.appendingPathComponent("token")
    if isSet("HF_HUB_DISABLE_IMPLICIT_TOKEN") {
      token = nil
    } else {
      token =
        HubEnvironment.clean(value("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"))
        ?? HubEnvironment.clean(try? String(contentsOf: file, encoding: .utf8))
    }
    isOffline = isSet("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    timeoutSeconds = value("HF_HUB_DOWNLOAD_TIMEOUT").flatMap(Double.init).map { max(1, $0) } ?? 10
  }

  /// Where Hugging Face's tools keep repositories, whatever the other variables say.
  public static func cacheFolder(
    _ variables: [String: String] = ProcessInfo.processInfo.environment
  ) -> URL {
    for name in ["HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"] {
      if let path = variables[name], !path.isEmpty {
        return URL(fileURLWithPath: expand(path, variables), isDirectory: true)
      }
    }
    return home(variables).appendingPathComponent("hub", isDirectory: true)
  }

  private static func home(_ variables: [String: String]) -> URL {
    if let path = variables["HF_HOME"], !path.isEmpty {
      return URL(fileURLWithPath: expand(path, variables), isDirectory: true)
    }
    return CacheHome.url(variables).appendingPathComponent("huggingface", isDirectory: true)
  }

  /// A leading `~`, and `$NAME` or `${NAME}` of variables that are set, as Python expands them.
  static func expand(_ path: String, _ variables: [String: String]) -> String {
    var text = path
    if text == "~" || text.hasPrefix("~/") {
      text = CacheHome.home(variables).path + text.dropFirst()
    }
    return text.replacing(/\$(?:\{([^}]*)\}|(\w+))/) { match in
      variables[String(match.output.1 ?? match.output.2 ?? "")] ?? String(match.output.0)
    }
  }

  /// A token without the line breaks that files and copying bring along; one with anything that may
  /// not stand in a header is none.
  private static func clean(_ text: String?) -> String? {
    guard let token = text?.trimmingCharacters(in: .whitespacesAndNewlines), !token.isEmpty,
      token.utf8.allSatisfy({ (33...126).contains($0) })
    else { return nil }
    return token
  }
}
