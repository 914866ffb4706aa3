internal import CLibCrypto

/// A message digest that grows with the bytes it is shown, computed by OpenSSL's libcrypto, which
/// uses the processor's own instructions for it where there are any.
///
/// - Reference: FIPS 180-4.
public struct Digest: ~Copyable {
  /// The functions in use: SHA-256 for weights, SHA-1 for the names that git gives to files.
  public enum Function: String, Sendable {
    /// SHA-256, 64 hexadecimal digits.
    case sha256 = "SHA-256"
    /// SHA-1, 40 hexadecimal digits.
    case sha1 = "SHA-1"
  }

  private let context: OpaquePointer

  /// A digest of no bytes yet.
  ///
  /// - Precondition: libcrypto offers the function; both are in its default provider.
  public init(_ function: Function) {
    let method =
      switch function {
      case .sha256: EVP_sha256()
      case .sha1: EVP_sha1()
      }
    guard let context = EVP_MD_CTX_new() else { preconditionFailure("libcrypto: out of memory") }
    self.context = context
    precondition(
      EVP_DigestInit_ex(context, method, nil) == 1,
      "libcrypto's configuration forbids \(function.rawValue)")
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Takes in more bytes.
  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
    _ = EVP_DigestUpdate(context, base, bytes.count)
  }

  /// Takes in the UTF-8 bytes of a text.
  public mutating func update(_ text: String) {
    var text = text
    text.withUTF8 { update(UnsafeRawBufferPointer($0)) }
  }

  /// The digest of all bytes in lower-case hexadecimal digits; the digest has served then.
  public consuming func hexadecimal() -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// The digest of all bytes, 32 of them or 20; the digest has served then.
  public consuming func bytes() -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
    var count: UInt32 = 0
    _ = EVP_DigestFinal_ex(context, &bytes, &count)
    return Array(bytes.prefix(Int(count)))
  }

  /// The SHA-256 of bytes in lower-case hexadecimal digits.
  public static func sha256(of bytes: UnsafeRawBufferPointer) -> String {
    var digest = Digest(.sha256)
    digest.update(bytes)
    return digest.hexadecimal()
  }

  /// The SHA-256 of a text's UTF-8 bytes in lower-case hexadecimal digits.
  public static func sha256(of text: String) -> String {
    var digest = Digest(.sha256)
    digest.update(text)
    return digest.hexadecimal()
  }
}
