internal import Archives
internal import Foundation

/// Where every picture of some tar shards lies and what its class is, from one pass over the headers.
///
/// A picture's class is what `key.cls` or else `key.json` says; where no picture has either, it is the
/// folder in the picture's name, below `train`, `val` or `test` if there are such. The split is what
/// the description says, or those folders, or the shard's own name (`train-000000.tar`).
struct TarShardIndex {
  /// A picture whose class is not known yet.
  private struct Candidate {
    var name: ShardName
    var id: String
    var place: TarPictures.Place
    var label: ShardLabel?
    var shardSplit: Split?
  }

  private let source: DataSource
  private let root: String
  private var shards: [String] = []
  private var candidates: [Candidate] = []
  private var others: [String: TarPictures.Place] = [:]
  private var findings: [DataFinding] = []
  private var firstProblem: (shard: String, problem: FileError.Problem)?
  /// Pictures beside the one that a key stands for, such as a mask.
  private var secondary: [String] = []
  private var repeated: [String] = []

  init(_ source: DataSource) {
    self.source = source
    root = source.root.path
  }

  private func path(_ shard: String) -> String {
    shard.hasPrefix("/") ? shard : root + "/" + shard
  }

  /// Reads the headers of a shard, whose path is relative to the root or absolute.
  ///
  /// - Throws: `.file` where it can't be opened.
  mutating func add(_ shard: String) throws(DatasetError) {
    do throws(FileError.Problem) {
      let mapping = try FileMapping(URL(fileURLWithPath: path(shard)))
      add(shard, mapping)
    } catch {
      throw .file(path(shard), error)
    }
  }

  /// Reads the headers of a shard from its bytes.
  mutating func add(_ shard: String, _ mapping: FileMapping) {
    let archive = TarArchive(mapping.bytes)
    let number = shards.count
    shards.append(shard)
    let before = candidates.count
    collect(archive, mapping, shard: shard, number: number)
    guard let problem = archive.problem else { return }
    firstProblem = firstProblem ?? (shard, problem)
    let error = FileError(file: URL(fileURLWithPath: path(shard)), problem)
    findings.append(
      DataFinding(
        code: .corrupt, severity: .warning,
        message: "\(error) What stands before that, \(candidates.count - before)"
          + " picture\(candidates.count - before == 1 ? "" : "s"), is read.",
        paths: [shard]))
  }

  private mutating func collect(
    _ archive: TarArchive, _ mapping: FileMapping, shard: String, number: Int
  ) {
    let split = Self.split(ofShard: shard)
    var labels: [String: ShardLabel] = [:]
    var pictures: [String: [Candidate]] = [:]
    var keys: [String] = []
    var descriptions: [String: TarArchive.Entry] = [:]
    var seen = Set<String>()
    // Of two files of one name the later counts, as for tar itself.
    for entry in archive.entries.reversed() {
      guard let name = ShardName(entry.name) else { continue }
      let id = shard + "/" + entry.name
      guard seen.insert(entry.name).inserted else {
        repeated.append(id)
        continue
      }
      let place = TarPictures.Place(shard: number, offset: entry.offset, count: entry.count)
      if name.kind == "cls" {
        labels[name.key] = ShardLabel(cls: mapping.bytes(of: entry))
      } else if name.kind == "json" {
        descriptions[name.key] = entry
      } else if PictureEnding.isRead(entry.name) {
        if pictures[name.key] == nil { keys.append(name.key) }
        pictures[name.key, default: []].append(
          Candidate(name: name, id: id, place: place, shardSplit: split))
      } else if PictureEnding.isPicture(entry.name) {
        others[id] = place
      }
    }
    // To read a million descriptions takes half a minute: only where they alone name the class.
    for (key, entry) in descriptions where labels[key] == nil {
      labels[key] = ShardLabel(json: mapping.bytes(of: entry))
    }
    withExtendedLifetime(mapping) {}
    var found: [Candidate] = []
    for key in keys.reversed() {
      var group = (pictures[key] ?? []).sorted { $0.place.offset < $1.place.offset }
      if let label = labels[key] {
        // "jpg" is the picture itself; "mask.png" is something about it.
        let main = group.firstIndex { !$0.name.kind.contains(".") } ?? 0
        secondary += group.indices.filter { $0 != main }.map { group[$0].id }
        group = [group[main]]
        group[0].label = label
      }
      found += group
    }
    candidates += found.sorted { $0.place.offset < $1.place.offset }
  }

  /// The split that a shard's name tells: a folder above it, or a word in it.
  private static func split(ofShard shard: String) -> Split? {
    shard.split { !$0.isLetter }.lazy.compactMap { Split(folderName: String($0)) }.first
  }

  // MARK: Classes

  /// The data set of all shards added.
  func dataset() throws(DatasetError) -> Dataset {
    var assembly = DatasetAssembly(source)
    var packed = TarPictures(
      files: shards.map { URL(fileURLWithPath: path($0)) }, others: others)
    var unlabelled: [String] = []
    let isDescribed = candidates.contains { $0.label?.className != nil }
    let depth = isDescribed ? 0 : commonDepth
    assembly.classOrder = isDescribed ? namesOfNumbers : []
    for candidate in candidates {
      let (folderSplit, folderClass) = Self.folders(candidate.name.folders.dropFirst(depth))
      let className =
        isDescribed
        ? candidate.label?.className.map { name in
          guard let number = Int(name), assembly.classOrder.indices.contains(number) else {
            return name
          }
          return assembly.classOrder[number]
        } : folderClass
      guard let className else {
        unlabelled.append(candidate.id)
        continue
      }
      assembly.pictures.append(
        LabelledPicture(
          id: candidate.id, className: className,
          split: candidate.label?.split ?? folderSplit ?? candidate.shardSplit ?? .train,
          group: candidate.label?.group, record: packed.places.count))
      packed.places.append(candidate.place)
    }
    guard !assembly.pictures.isEmpty else { throw nothing }
    assembly.packed = packed
    assembly.otherFiles = Array(others.keys)
    assembly.findings = findings + leftOut(unlabelled)
    return try assembly.dataset()
  }

  private var nothing: DatasetError {
    if candidates.isEmpty, let (shard, problem) = firstProblem {
      return .file(path(shard), problem)
    }
    return .file(
      source.path,
      .unsupported(
        (candidates.isEmpty
          ? "it holds no JPEG or PNG files"
          : "none of its \(candidates.count) pictures has a class")
          + "; name them key.jpg with key.cls or key.json, or put them into class folders"))
  }

  private func leftOut(_ unlabelled: [String]) -> [DataFinding] {
    let kinds: [(ids: [String], text: String)] = [
      (unlabelled, "without a class in .cls or .json"),
      (secondary, "beside the picture that their key stands for"),
      (repeated, "of the name of a later file"),
    ]
    return kinds.filter { !$0.ids.isEmpty }.map { kind in
      DataFinding(
        code: .leftOut, severity: .info,
        message: "\(kind.ids.count) file\(kind.ids.count == 1 ? "" : "s") \(kind.text) in the tar"
          + " shards take\(kind.ids.count == 1 ? "s" : "") no part.",
        paths: kind.ids.sorted())
    }
  }

  /// How many folders every picture has in common above its class and split.
  private var commonDepth: Int {
    guard let first = candidates.first?.name.folders else { return 0 }
    var depth = 0
    while depth + 1 < first.count, Split(folderName: first[depth]) == nil,
      candidates.allSatisfy({
        $0.name.folders.count > depth + 1 && $0.name.folders[depth] == first[depth]
      })
    { depth += 1 }
    return depth
  }

  private static func folders(_ folders: ArraySlice<String>) -> (split: Split?, name: String?) {
    guard let first = folders.first else { return (nil, nil) }
    if folders.count > 1, let split = Split(folderName: first) {
      return (split, folders[folders.startIndex + 1])
    }
    return (nil, first)
  }

  /// Names of numbered classes, a line each, from `classnames.txt` or `classes.txt` beside the shards
  /// or above them; none where a number has no line.
  private var namesOfNumbers: [String] {
    let numbers = candidates.compactMap { $0.label?.className }.map { Int($0) }
    guard let largest = numbers.compactMap({ $0 }).max(), !numbers.contains(nil) else { return [] }
    let above = (root as NSString).deletingLastPathComponent
    for folder in [root, above] {
      for file in ["classnames.txt", "classes.txt"] {
        guard let text = try? String(contentsOfFile: folder + "/" + file, encoding: .utf8) else {
          continue
        }
        let names = text.split(whereSeparator: \.isNewline).map {
          $0.trimmingCharacters(in: .whitespaces)
        }
        if largest < names.count, Set(names).count == names.count { return names }
      }
    }
    return []
  }
}

extension FileMapping {
  /// The contents of a file inside a mapped archive.
  fileprivate func bytes(of entry: TarArchive.Entry) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[entry.offset..<entry.offset + entry.count])
  }
}
