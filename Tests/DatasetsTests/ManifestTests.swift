import Archives
import Datasets
import Foundation
import Images
import Testing

struct ManifestTests {
  /// Six pictures in two folders.
  private func pictures() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try folder.pictures("images", 4)
    try folder.pictures("more", 2, from: 10)
    return folder
  }

  private func open(_ folder: TemporaryFolder, _ text: String, _ name: String = "list.csv") throws
    -> Dataset
  {
    try folder.write(text.utf8, to: name)
    return try Dataset.open(folder.url.appendingPathComponent(name))
  }

  private func error(_ folder: TemporaryFolder, _ text: String) -> String? {
    do {
      _ = try open(folder, text)
      return nil
    } catch {
      return "\(error)"
    }
  }

  @Test func readsPathLabelSplitAndGroup() throws {
    let folder = try pictures()
    let dataset = try open(
      folder,
      "\u{FEFF}Label,Image Path,patient_id,Split\r\ncat,images/0.png,p1,train\r\n"
        + "dog,./images/1.png,,train\r\n\"dog\",\"images/2.png\",p2,val\r\ncat,more/0.png,p3,TEST\r\n"
    )
    #expect(dataset.classNames == ["cat", "dog"])
    #expect(
      dataset.samples.map(\.id) == ["images/0.png", "images/1.png", "images/2.png", "more/0.png"])
    #expect(dataset.samples.map(\.label) == [0, 1, 1, 0])
    #expect(dataset.samples.map(\.split) == [.train, .train, .validation, .test])
    #expect(dataset.samples.map(\.group) == ["p1", nil, "p2", "p3"])
    #expect(dataset.name == "list" && dataset.root.path == folder.url.path)
    #expect(dataset.path == folder.url.appendingPathComponent("list.csv").path)
    for sample in dataset.samples { #expect(try dataset.loadImage(sample).width == 4) }
    // Both other splits lack a class.
    #expect(dataset.findings.map(\.code) == [.missingClass, .missingClass])
  }

  @Test(arguments: [
    "images/0.png,b\nimages/1.png,a\n", "images/0.png;b\nimages/1.png;a",
    "b\timages/0.png\na\timages/1.png",
    "filename|class\nimages/0.png|b\nimages/1.png|a\n",
    "\n\nfile\tcategory\rimages/0.png\tb\rimages/1.png\ta",
    "id,file_name,target\n7,images/0.png,b\n8,images/1.png,a\n",
    "class_id,class_name,filepath\n1,b,images/0.png\n0,a,images/1.png\n",
    "image,label\nimages\\0.png,b\nimages\\1.png,a\n", "image_id,label\nimages/0,b\nimages/1,a\n",
  ])
  func findsColumnsAndSeparators(_ text: String) throws {
    let dataset = try open(try pictures(), text)
    #expect(dataset.classNames == ["a", "b"])
    #expect(dataset.samples.map(\.id) == ["images/1.png", "images/0.png"])
    #expect(dataset.findings.isEmpty)
  }

  @Test func absolutePathsAndQuotedOnesWithSeparators() throws {
    let folder = try pictures()
    let elsewhere = try TemporaryFolder()
    try elsewhere.picture("x, \"y\"\nz.png", 9)
    let path = elsewhere.url.path + "/x, \"\"y\"\"\nz.png"
    let dataset = try open(folder, "path,label\n\"\(path)\",far\nimages/0.png,near\n")
    #expect(dataset.samples[0].id == elsewhere.url.path + "/x, \"y\"\nz.png")
    #expect(try dataset.loadImage(dataset.samples[0]).pixels[0] == 9)
    #expect(dataset.url(of: dataset.samples[0])?.path == dataset.samples[0].id)
  }

  @Test func numbersAreClassesInTheirOrder() throws {
    let dataset = try open(
      try pictures(), "path,label\nimages/0.png,10\nimages/1.png,9\nimages/2.png,-1\n")
    #expect(dataset.classNames == ["-1", "9", "10"])
  }

  @Test func rowsThatTakeNoPartAreFindings() throws {
    let dataset = try open(
      try pictures(),
      "path,label\nimages/0.png,a\nimages/1.png,b\ngone.png,a\nimages,b\nimages/2.png,\n"
        + "images/0.png,a\nimages/1.png,a\n")
    #expect(dataset.samples.map(\.id) == ["images/0.png", "images/1.png"])
    #expect(dataset.samples.map(\.label) == [0, 1])
    #expect(
      dataset.findings.map(\.code) == [.missingFile, .leftOut, .duplicateExact, .labelConflict])
    #expect(
      dataset.findings.map(\.paths) == [
        ["gone.png", "images"], ["images/2.png"], ["images/0.png"], ["images/1.png"],
      ])
  }

  @Test(arguments: [
    ("", "line 1: the file is empty"),
    ("foo,bar\nx,y\n", "line 1: no column says where the pictures are"),
    ("///////////fif//////,x\n", "line 1: no column says where the pictures are"),
    ("path,size\na.png,3\n", "line 1: no column names the class"),
    ("path,label,Label\na.png,x,y\n", "line 1: two columns are called 'label'"),
    ("a.png\nb.png\n", "line 1: it has one column"),
    ("path,label\nimages/0.png,a\nimages/1.png\n", "line 3: it has 1 fields where 2"),
    ("path,label\n\"images/0.png,a\nb,c\n", "line 2: a quote is opened and not closed"),
    ("path,label\n\"images/0.png\"x,a\n", "line 2: text follows a closing quote"),
    ("path,label\n\"two\nlines.png\",a\n,b\n", "line 4: its path is empty"),
    ("path,label,split\nimages/0.png,a,train\nimages/1.png,b,fold3\n", "line 3: the split 'fold3'"),
    ("path,label\nx\u{0}.png,a\n", "line 2: it is not text in UTF-8"),
    (
      "path,label\ngone.png,a\nlost.png,b\n", "none of its 2 files is there (the first is gone.png)"
    ),
    ("path,label\nimages/0.png,a\nimages/1.png,a\n", "one class only (a)"),
  ])
  func whatIsWrongIsSaidWithItsLine(_ text: String, _ words: String) throws {
    let sentence = error(try pictures(), text)
    #expect(sentence?.contains(words) == true, "\(sentence ?? "no error")")
    #expect(sentence?.contains("list.csv") == true)
  }

  @Test func otherEncodingsAreNamed() throws {
    let folder = try pictures()
    try folder.write([0xFF, 0xFE] + Array("p\0".utf8), to: "wide.csv")
    try folder.write(Array("path,label\nimages/0.png,caf".utf8) + [0xE9, 0x0A], to: "latin.csv")
    for (name, word) in [("wide.csv", "UTF-16"), ("latin.csv", "line 2: it is not text in UTF-8")] {
      let error = #expect(throws: DatasetError.self) {
        try Dataset.open(folder.url.appendingPathComponent(name))
      }
      #expect(error?.description.contains(word) == true)
    }
  }

  /// A line without end is given up after a mebibyte and not gathered in memory.
  @Test(arguments: ["path,label\n\"", "path,label\n", "path,label\n,"])
  func oneEndlessLine(_ start: String) throws {
    let folder = try pictures()
    let text = Array(start.utf8) + [UInt8](repeating: 0x61, count: 3 << 20)
    try folder.write(text, to: "list.csv")
    let error = #expect(throws: DatasetError.self) {
      try Dataset.open(folder.url.appendingPathComponent("list.csv"))
    }
    #expect(error?.description.contains("line 2: it is longer than 1048576 bytes") == true)
  }

  @Test func aFolderWithLoosePicturesPointsToItsManifest() throws {
    let folder = try TemporaryFolder()
    try folder.picture("1.png")
    try folder.write("path,label\n".utf8, to: "labels.csv")
    let error = #expect(throws: DatasetError.self) { try Dataset.open(folder.url) }
    #expect(
      error?.description.hasSuffix("or give labels.csv if that lists them with their classes.")
        == true)
  }

  /// Every prefix of a manifest is read or refused; none crashes, and none invents a file.
  @Test func everyTruncation() throws {
    let text = Array(
      "\u{FEFF}path;label;split;group\r\n\"images/0.png\";\"a \"\"b\"\"\";train;1\r\nimages/1.png;ü;val;\r\n"
        .utf8)
    var rowCounts = Set<Int>()
    for length in 0...text.count {
      text.prefix(length).withUnsafeBytes { bytes in
        do throws(LineProblem) {
          let manifest = try Manifest(bytes)
          rowCounts.insert(manifest.rows.count)
          #expect(
            manifest.rows.allSatisfy { $0.path.hasPrefix("images/") || $0.path.hasPrefix("i") })
        } catch {
          #expect((1...3).contains(error.line) && !error.detail.isEmpty)
        }
      }
    }
    #expect(rowCounts == [0, 1, 2])
  }
}
