internal import Foundation

/// A picture and the name of its class, as a reader found them.
struct LabelledPicture: Sendable {
  /// As `Sample.id`.
  var id: String
  /// The name of its class.
  var className: String
  /// The part that it plays.
  var split = Split.train
  /// As `Sample.group`.
  var group: String?
  /// As `Sample.record`.
  var record = -1
}

/// Makes a data set of what a reader found: one rule for the order of classes and samples, and for
/// classes that a split lacks.
struct DatasetAssembly {
  /// What was opened, as it was given.
  var path: String
  /// The folder that ids are relative to.
  var root: URL
  /// The data set's name.
  var name: String
  /// The pictures, in the order in which they lie; ids must differ.
  var pictures: [LabelledPicture] = []
  /// Names of classes in an order of their own, where the data have one; others follow.
  var classOrder: [String] = []
  /// Whether classes that are all called by numbers stand in the order of the numbers; else they
  /// stand in the order of text, as any other names.
  var ordersNumbers = true
  /// What was noticed.
  var findings: [DataFinding] = []
  /// As `Dataset.otherFiles`.
  var otherFiles: [String] = []
  /// What holds the pictures, where they are no files.
  var packed: (any PackedPictures)?

  /// For what lies at a place.
  init(_ source: DataSource) {
    path = source.path
    root = source.root
    name = source.title
  }

  /// The data set.
  ///
  /// Pictures in files of their own are sorted by split, class and id; packed ones by split, and
  /// within a split they stay as they lie, so that reading them in order reads forward.
  ///
  /// - Throws: `.classMismatch` where a split has classes that the training split lacks.
  func dataset() throws(DatasetError) -> Dataset {
    var findings = findings
    let classNames = try classNames(&findings)
    let labels = Dictionary(uniqueKeysWithValues: zip(classNames, classNames.indices))
    var samples = Split.allCases.flatMap { split in
      pictures.compactMap { picture in
        guard picture.split == split, let label = labels[picture.className] else {
          return nil as Sample?
        }
        return Sample(
          id: picture.id, label: label, split: split, group: picture.group, record: picture.record)
      }
    }
    if packed == nil {
      let order = Dictionary(uniqueKeysWithValues: zip(Split.allCases, 0...))
      samples.sort {
        ((order[$0.split] ?? 0), $0.label, $0.id) < ((order[$1.split] ?? 0), $1.label, $1.id)
      }
    }
    return Dataset(
      name: name, path: path, root: root, classNames: classNames, samples: samples,
      findings: findings, otherFiles: otherFiles.sorted(), packed: packed)
  }

  /// The classes of the training split (of every split where there is none), checked against the
  /// others.
  private func classNames(_ findings: inout [DataFinding]) throws(DatasetError) -> [String] {
    var names: [Split: Set<String>] = [:]
    for picture in pictures { names[picture.split, default: []].insert(picture.className) }
    guard let train = names[.train] else {
      return sorted(names.values.reduce(into: []) { $0.formUnion($1) })
    }
    for split in [Split.validation, .test] {
      guard let here = names[split] else { continue }
      let unknown = here.subtracting(train)
      guard unknown.isEmpty else {
        throw .classMismatch(path: path, split: split, classNames: sorted(unknown))
      }
      let missing = sorted(train.subtracting(here))
      if !missing.isEmpty {
        findings.append(
          DataFinding(
            code: .missingClass, severity: .warning,
            message: "The \(split.rawValue) split has no pictures of \(missing.count) of"
              + " \(train.count) classes (\(missing.prefix(5).joined(separator: ", "))"
              + "\(missing.count > 5 ? ", …" : "")): accuracy on it says nothing about them."))
      }
    }
    return sorted(train)
  }

  /// In the order that the data give, then by number or by name.
  private func sorted(_ names: Set<String>) -> [String] {
    var seen = Set<String>()
    let given = classOrder.filter { names.contains($0) && seen.insert($0).inserted }
    let rest = names.subtracting(given)
    let numbers = rest.compactMap { name in Int(name).map { (number: $0, name: name) } }
    let others =
      ordersNumbers && numbers.count == rest.count
      ? numbers.sorted { ($0.number, $0.name) < ($1.number, $1.name) }.map(\.name) : rest.sorted()
    return given + others
  }
}
