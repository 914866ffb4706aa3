internal import Archives

/// Which columns of a manifest say what, by the names that people give them.
struct ManifestColumns: Sendable, Hashable {
  /// The file's path.
  var path: Int
  /// The class; nil where the manifest has none.
  var label: Int?
  /// The split.
  var split: Int?
  /// What belongs together.
  var group: Int?
  /// Whether the first record names the columns.
  var hasHeader: Bool

  /// Names without regard to case, spaces, dashes and underscores; of several that a manifest has,
  /// the first in the list counts.
  static let pathNames = [
    "path", "filepath", "imagepath", "imgpath", "file", "filename", "imagefile", "imagefilename",
    "image", "imagename", "img", "imgname", "picture", "photo", "imageid", "imgid", "id",
  ]
  /// Names come before numbers, for they say more.
  static let labelNames = [
    "labelname", "classname", "categoryname", "label", "labels", "class", "category", "target",
    "species", "classid", "labelid", "categoryid", "classindex", "y",
  ]
  static let splitNames = ["split", "set", "subset", "partition", "phase", "usage", "dataset"]
  static let groupNames = [
    "group", "groupid", "patient", "patientid", "subject", "subjectid", "person", "personid",
    "objectid", "sceneid", "sequenceid",
  ]

  /// The columns of a manifest whose first record is given.
  ///
  /// Without a header a field with the ending of a picture is the path, and the others are class,
  /// split and group in this order.
  ///
  /// - Throws: ``LineProblem`` where no column can be the path.
  init(_ first: DelimitedText.Record) throws(LineProblem) {
    let names = first.fields.map(Self.normalised)
    func column(_ known: [String]) -> Int? {
      known.lazy.compactMap { names.firstIndex(of: $0) }.first
    }
    if let path = first.fields.firstIndex(where: PictureEnding.isPicture) {
      let others = first.fields.indices.filter { $0 != path }
      guard !others.isEmpty else {
        throw LineProblem(
          line: first.line, detail: "it has one column; every picture needs a path and a class")
      }
      self.path = path
      label = others.first
      split = others.count > 1 ? others[1] : nil
      group = others.count > 2 ? others[2] : nil
      hasHeader = false
    } else if let path = column(Self.pathNames) {
      self.path = path
      label = column(Self.labelNames)
      split = column(Self.splitNames)
      group = column(Self.groupNames)
      hasHeader = true
      let used = [path, label, split, group].compactMap { $0 }
      for index in used
      where names.firstIndex(of: names[index]) != names.lastIndex(of: names[index]) {
        throw LineProblem(
          line: first.line, detail: "two columns are called '\(first.fields[index])'; rename one")
      }
      guard label != nil else {
        throw LineProblem(
          line: first.line,
          detail: "no column names the class; call it label (there are \(Self.list(first.fields)))")
      }
    } else {
      throw LineProblem(
        line: first.line,
        detail: "no column says where the pictures are; call it path, and the class label"
          + " (there are \(Self.list(first.fields)))")
    }
  }

  private static func list(_ fields: [String]) -> String {
    fields.prefix(8).map { "'\($0.prefix(40))'" }.joined(separator: ", ")
      + (fields.count > 8 ? ", …" : "")
  }

  /// The name in lower case, letters and digits only.
  static func normalised(_ name: String) -> String {
    name.lowercased().filter { $0.isLetter || $0.isNumber }
  }
}
