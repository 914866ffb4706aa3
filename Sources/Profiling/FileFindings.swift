internal import Datasets
internal import Images

/// Findings about single files: damaged, of another format, not pictures at all.
enum FileFindings {
  static func findings(_ table: InspectionTable, in dataset: Dataset) -> [DataFinding] {
    var result: [DataFinding] = []
    var foreign: [ImageFormat: [String]] = [:]
    for (index, sample) in dataset.samples.enumerated() {
      if case .unsupportedFormat(_, let format) = table.errors[index] {
        foreign[format, default: []].append(sample.id)
      } else if let error = table.errors[index] {
        result.append(DataFinding(error, path: sample.id))
      } else if let warning = table.warnings[index] {
        result.append(
          DataFinding(
            code: .corrupt, severity: .info,
            message: "\(sample.id) can be read, but its data is not quite sound (\(warning));"
              + " look at it.",
            paths: [sample.id]))
      }
    }
    var strangers: [String] = []
    for path in dataset.otherFiles {
      let start = dataset.start(ofOther: path, count: 16)
      if let format = start.flatMap(ImageFormat.init(sniffing:)), !format.isSupported {
        foreign[format, default: []].append(path)
      } else {
        strangers.append(path)
      }
    }
    result += ImageFormat.allCases.compactMap { format in
      foreign[format].map { unsupported(format, paths: $0.sorted()) }
    }
    if !strangers.isEmpty {
      result.append(
        DataFinding(
          code: .notAnImage, severity: .info,
          message: strangers.count == 1
            ? "One file in the class folders is not a picture and takes no part."
            : "\(strangers.count) files in the class folders are not pictures and take no part.",
          paths: strangers))
    }
    return result
  }

  private static func unsupported(_ format: ImageFormat, paths: [String]) -> DataFinding {
    DataFinding(
      code: .unsupportedFormat, severity: .warning,
      message:
        "\(paths.count) \(format.name) file\(paths.count == 1 ? " is" : "s are") not read and"
        + " left out; convert to JPEG or PNG (ImageMagick: mogrify -format png FILE…).",
      paths: paths)
  }
}
