import Foundation
import TestSupport
import Testing

/// SwiftPM doesn't notice an import that a target doesn't declare when another target brings the
/// module along; so the arrows between the rooms are held by comparing the two.
@Suite struct ArrowsTests {
  /// Modules of the toolchain, which no target declares.
  static let toolchain: Set<String> = [
    "Foundation", "FoundationEssentials", "FoundationNetworking", "Dispatch", "Synchronization",
    "Glibc", "Testing",
  ]

  @Test func importsAreDeclared() throws {
    let manifest = try String(
      contentsOf: Checkout.root.appendingPathComponent("Package.swift"), encoding: .utf8)
    let rooms = try Self.rooms(in: manifest)
    #expect(rooms.count >= 12)
    for (room, declared) in rooms {
      for (file, module) in try Self.imports(of: room) where !Self.toolchain.contains(module) {
        #expect(
          declared.contains(module), "\(file) imports \(module), which \(room) doesn't declare")
      }
    }
  }

  @Test func arrowsPointDownTheList() throws {
    let manifest = try String(
      contentsOf: Checkout.root.appendingPathComponent("Package.swift"), encoding: .utf8)
    let order = try Self.rooms(in: manifest)
    let names = order.map(\.name)
    for (index, room) in order.enumerated() {
      for dependency in room.declared {
        guard let place = names.firstIndex(of: dependency) else { continue }
        #expect(place < index, "\(room.name) stands above \(dependency), yet depends on it")
      }
    }
  }

  @Test func anUndeclaredImportWouldBeSeen() {
    let text =
      "import A\npublic import B\n@preconcurrency import C.D\nimport struct E.F\n// import G"
    #expect(Self.modules(in: text) == ["A", "B", "C", "E"])
  }

  /// The Swift targets of `Sources` in the order of the manifest, each with the names it declares; those
  /// that lie elsewhere give their path.
  static func rooms(in manifest: String) throws -> [(name: String, declared: Set<String>)] {
    let target = try Regex(
      #"(?:room\(|executableTarget\()\s*(?:name: )?"(\w+)",([^\]]*)\](?!,\s*path:)"#)
    return manifest.matches(of: target).map { match in
      let name = String(match.output[1].substring ?? "")
      let list = String(match.output[2].substring ?? "")
      let declared = list.matches(of: /"([A-Za-z]+)"/).map { String($0.output.1) }
      return (name, Set(declared))
    }
  }

  static func imports(of room: String) throws -> [(file: String, module: String)] {
    let folder = Checkout.root.appendingPathComponent("Sources/\(room)")
    let files =
      FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?
      .compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" } ?? []
    #expect(!files.isEmpty, "Sources/\(room) holds no Swift file")
    return try files.flatMap { file in
      Self.modules(in: try String(contentsOf: file, encoding: .utf8))
        .map { (file.lastPathComponent, $0) }
    }
  }

  static func modules(in source: String) -> [String] {
    let line =
      /^(?:@\w+ )*(?:(?:public|package|internal) )?import (?:struct |enum |class |func )?(\w+)/
      .anchorsMatchLineEndings()
    return source.matches(of: line).map { String($0.output.1) }
  }
}
