public import FineTuning

/// The record of a run for the terminal.
public enum RunText {
  /// The record as text.
  ///
  /// - Parameter folder: where the run lies, for the commands that come next.
  public static func text(_ run: TrainingRun, folder: String) -> String {
    var text = "\(run.regime) on \(run.model), \(run.data.name): "
    text += "\(Wording.count(run.data.trainingImages)) training images, "
    text += "\(run.data.classNames.count) classes, \(Wording.duration(run.seconds))\n"
    text += Wording.wrapped(RecipeText.values(run.recipe.hyperparameters), indent: 2)
    if !run.chosen.isEmpty {
      let chosen = run.chosen.sorted { $0.key < $1.key }.map { key, value in
        // An epoch is counted, a penalty measured.
        "\(key) " + (Int(exactly: value).map(String.init) ?? "\(value)")
      }
      text += "  chosen on validation images: \(chosen.joined(separator: ", "))\n"
    }
    text += "\n"
    var table = TextTable([
      ("images", .left), ("count", .right), ("accuracy (95 %)", .right),
      ("mean per class", .right), ("cross-entropy", .right),
    ])
    for (name, evaluation) in [
      ("validation", run.metrics.validation), ("test", run.metrics.test),
    ] {
      guard let evaluation else { continue }
      table.add([name] + EvaluationText.cells(evaluation))
    }
    text += table.text
    if !run.data.unreadable.isEmpty {
      let count = run.data.unreadable.count
      text += "\n\(Wording.unreadable(count)); run.json names \(count == 1 ? "it" : "them").\n"
    }
    text += "\nThe model is in \(folder):\n"
    text += "  graft predict \(folder) IMAGE…\n"
    // timm knows no architecture for a network that came from an ONNX file.
    if !run.recipe.model.isONNX {
      text += "  timm.create_model(\"local-dir:\(folder)\", pretrained=True)\n"
    }
    text += "  graft export \(folder) -o model.onnx\n"
    return text
  }
}

/// An evaluation for the terminal.
public enum EvaluationText {
  /// A model's evaluation as text, with the classes that are most often confused.
  public static func text(_ report: ModelEvaluation) -> String {
    var table = TextTable([
      ("images", .left), ("count", .right), ("accuracy (95 %)", .right),
      ("mean per class", .right), ("cross-entropy", .right),
    ])
    table.add([report.dataset] + cells(report.metrics))
    var text = table.text
    let confusions = report.metrics.confusion.enumerated().flatMap { row, counts in
      counts.enumerated().filter { $0.offset != row && $0.element > 0 }
        .map { (row, $0.offset, $0.element) }
    }.sorted { ($1.2, $0.0, $0.1) < ($0.2, $1.0, $1.1) }
    if !confusions.isEmpty {
      text += "\nMost often confused\n"
      for (row, column, count) in confusions.prefix(5) {
        text += "  \(report.classNames[row]) called \(report.classNames[column]): \(count)\n"
      }
    }
    if !report.unreadable.isEmpty {
      text += "\n\(Wording.unreadable(report.unreadable.count)).\n"
    }
    return text
  }

  static func cells(_ evaluation: Evaluation) -> [String] {
    [
      Wording.count(evaluation.count),
      Wording.percent(
        evaluation.accuracy, low: evaluation.accuracyInterval[0],
        high: evaluation.accuracyInterval[1]),
      Wording.percent(evaluation.meanClassAccuracy), Wording.number(evaluation.loss),
    ]
  }
}

/// Predictions for the terminal.
public enum PredictionText {
  /// The predictions, one line a picture, each with its most probable classes.
  public static func text(_ predictions: Predictions, top: Int) -> String {
    var text = ""
    for prediction in predictions.predictions {
      let classes = prediction.probabilities.sorted {
        ($1.value, $0.key) < ($0.value, $1.key)
      }.prefix(top)
      text += "\(prediction.path): "
      text += classes.map { "\($0.key) \(Wording.percent($0.value))" }.joined(separator: ", ")
      text += "\n"
    }
    for unreadable in predictions.unreadable { text += "\(unreadable.reason)\n" }
    return text
  }
}

/// What `graft embed` prints.
public enum EmbeddingText {
  /// The summary as text.
  public static func text(_ summary: EmbeddingSummary) -> String {
    var text = "\(summary.file): \(Wording.count(summary.images)) images × "
    text += "\(summary.featureCount) features of \(summary.model)"
    if let classes = summary.sourceClassCount {
      text += ", probabilities of \(Wording.count(classes)) source classes"
    }
    text += "\n"
    if let speed = summary.imagesPerSecond {
      text += "\(Wording.duration(summary.seconds)), \(Wording.number(speed, digits: 1)) images/s\n"
    }
    if !summary.unreadable.isEmpty {
      text += "\(Wording.unreadable(summary.unreadable.count)).\n"
    }
    return text
  }
}
