/// The record of a finished training run: what `run.json` holds and `graft run --json` prints.
public struct TrainingRun: Codable, Sendable, Equatable {
  /// The version of this value's written form.
  public static let schema = "graft.run/1"

  /// The evaluations of the trained model.
  public struct Metrics: Codable, Sendable, Equatable {
    /// On the images set aside for choices such as the penalty and the best epoch.
    public var validation: Evaluation?
    /// On images that no choice has seen, where there are any.
    public var test: Evaluation?

    /// Collects evaluations.
    public init(validation: Evaluation?, test: Evaluation?) {
      self.validation = validation
      self.test = test
    }
  }

  /// How many images each part of the data held.
  public struct DataSummary: Codable, Sendable, Equatable {
    /// The data set's name.
    public var name: String
    /// The classes, in the order of the model's outputs.
    public var classNames: [String]
    /// Images trained on.
    public var trainingImages: Int
    /// Images used for choices.
    public var validationImages: Int
    /// Images held back to the end.
    public var testImages: Int
    /// Images that could not be read, each with the reason.
    public var unreadable: [String]

    /// Summarises data.
    public init(
      name: String, classNames: [String], trainingImages: Int, validationImages: Int,
      testImages: Int, unreadable: [String]
    ) {
      self.name = name
      self.classNames = classNames
      self.trainingImages = trainingImages
      self.validationImages = validationImages
      self.testImages = testImages
      self.unreadable = unreadable
    }
  }

  /// The machine's part in the run.
  public struct Environment: Codable, Sendable, Equatable {
    /// The instruction set of the kernels.
    public var kernels: String
    /// The threads of the engine.
    public var threads: Int
    /// The version of Graft.
    public var version: String

    /// Describes a machine.
    public init(kernels: String, threads: Int, version: String) {
      self.kernels = kernels
      self.threads = threads
      self.version = version
    }
  }

  /// The version of the written form.
  public var schema = TrainingRun.schema
  /// The id of the network that the run started from.
  public var model: String
  /// The regime's id.
  public var regime: String
  /// The recipe, complete: every value that was used.
  public var recipe: Recipe
  /// What the run was trained and evaluated on.
  public var data: DataSummary
  /// How well the trained model does.
  public var metrics: Metrics
  /// What the regime chose on validation images, such as the penalty.
  public var chosen: [String: Double]
  /// The training log, epoch by epoch; empty for regimes without epochs.
  public var history: [EpochRecord]
  /// Wall-clock seconds of training, without the final evaluation.
  public var seconds: Double
  /// Where the run was made.
  public var environment: Environment

  /// Records a run.
  public init(
    model: String, regime: String, recipe: Recipe, data: DataSummary, metrics: Metrics,
    chosen: [String: Double], history: [EpochRecord], seconds: Double, environment: Environment
  ) {
    self.model = model
    self.regime = regime
    self.recipe = recipe
    self.data = data
    self.metrics = metrics
    self.chosen = chosen
    self.history = history
    self.seconds = seconds
    self.environment = environment
  }

  /// The training log as comma-separated values with a header line.
  public var historyCSV: String {
    let header =
      "epoch,step,training_loss,training_accuracy,validation_loss,validation_accuracy,"
      + "learning_rate,seconds\n"
    let rows = history.map { record -> String in
      let fields: [String] = [
        "\(record.epoch)", "\(record.step)", "\(record.trainingLoss)",
        "\(record.trainingAccuracy)", record.validationLoss.map { "\($0)" } ?? "",
        record.validationAccuracy.map { "\($0)" } ?? "", "\(record.learningRate)",
        "\(record.seconds)",
      ]
      return fields.joined(separator: ",") + "\n"
    }
    return header + rows.joined()
  }

  /// The evaluations as comma-separated values with a header line, one row per split.
  public var metricsCSV: String {
    let parts = [("validation", metrics.validation), ("test", metrics.test)]
    let rows = parts.compactMap { name, evaluation -> String? in
      guard let e = evaluation else { return nil }
      let fields = [
        e.accuracy, e.accuracyInterval[0], e.accuracyInterval[1], e.meanClassAccuracy, e.loss,
      ]
      return "\(name),\(e.count),"
        + fields.map { "\($0)" }.joined(separator: ",") + "\n"
    }
    return "split,images,accuracy,accuracy_low,accuracy_high,mean_class_accuracy,loss\n"
      + rows.joined()
  }
}
