import FineTuning
import Foundation
import Images
import Reports
import Taxonomy
import Tensors
import Testing
import Transferability

@Suite("Values as text")
struct TextTests {
  static let evaluation = Evaluation(
    probabilities: [[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.25, 0.75]], labels: [0, 1, 1, 1],
    classCount: 2)

  static var run: TrainingRun {
    var values = Hyperparameters()
    values.epochs = 2
    values.learningRate = 0.01
    values.warmupFraction = 0.1
    let recipe = Recipe(
      name: "full on net",
      model: Recipe.ModelReference(
        id: "net", architecture: "resnet18", weights: nil, sha256: nil), regime: "full",
      hyperparameters: values, preprocessing: Preprocessing(), augmentation: nil,
      split: Recipe.Split(), seed: 0)
    return TrainingRun(
      model: "net", regime: "full", recipe: recipe,
      data: TrainingRun.DataSummary(
        name: "cats", classNames: ["a", "b"], trainingImages: 1275, validationImages: 4,
        testImages: 0, unreadable: ["x.png: broken"]),
      metrics: TrainingRun.Metrics(validation: evaluation, test: nil), chosen: ["epoch": 2],
      history: [], seconds: 75,
      environment: TrainingRun.Environment(kernels: "scalar", threads: 1, version: "0"))
  }

  @Test func trainingRun() {
    #expect(
      RunText.text(Self.run, folder: "out") == """
        full on net, cats: 1,275 training images, 2 classes, 1 min 15 s
          2 epochs, learning rate 0.01, warm-up 10.0 %
          chosen on validation images: epoch 2

        images      count     accuracy (95 %)  mean per class  cross-entropy
        ──────────  ─────  ──────────────────  ──────────────  ─────────────
        validation      4  75.0 % (30.1–95.4)          83.3 %          0.383

        1 image could not be read; run.json names it.

        The model is in out:
          graft predict out IMAGE…
          timm.create_model("local-dir:out", pretrained=True)
          graft export out -o model.onnx

        """)
  }

  @Test func evaluationText() throws {
    let metrics = String(decoding: try JSONEncoder().encode(Self.evaluation), as: UTF8.self)
    let report = try JSONDecoder().decode(
      ModelEvaluation.self,
      from: Data(
        """
        {"schema": "graft.evaluation/1", "model": "net", "dataset": "cats", "unreadable": [],
         "classNames": ["a", "b"], "metrics": \(metrics)}
        """.utf8))
    let text = EvaluationText.text(report)
    #expect(text.hasSuffix("\nMost often confused\n  b called a: 1\n"))
    #expect(text.contains("75.0 % (30.1–95.4)"))
  }

  @Test func predictions() throws {
    let predictions = try JSONDecoder().decode(
      Predictions.self,
      from: Data(
        """
        {"schema": "graft.predictions/1", "model": "net",
         "predictions": [
           {"path": "p.png", "label": "b", "probabilities": {"a": 0.2, "b": 0.7, "c": 0.1}}],
         "unreadable": [{"path": "q.png", "reason": "q.png is no picture."}]}
        """.utf8))
    #expect(
      PredictionText.text(predictions, top: 2)
        == "p.png: b 70.0 %, a 20.0 %\nq.png is no picture.\n")
  }

  @Test func scorecard() throws {
    let random = CounterRandom(seed: 1, key: "features")
    let labels = (0..<60).map { $0 % 2 }
    func table(_ name: String, _ separation: Float) throws -> FeatureTable {
      try FeatureTable(
        model: name,
        features: Tensor(
          shape: [60, 3],
          values: (0..<180).map {
            Float(random.normal(at: UInt64($0))) + separation * Float(labels[$0 / 3])
          }), labels: labels)
    }
    let card = try Scorecard([try table("poor", 0), try table("good", 4)])
    let text = ScorecardText.text(card)
    let lines = text.split(separator: "\n")
    #expect(lines[0].hasPrefix("rank  model"))
    #expect(lines[2].contains("good") && lines[2].contains("1"))
    #expect(lines[3].contains("poor"))
    #expect(text.contains("higher is better"))
    #expect(lines[0].contains("LogME (95 %)") && lines[0].contains("expected accuracy (95 %)"))
    #expect(lines[0].contains("P(best)") && lines[2].contains("1.00") && lines[2].contains("%"))
    #expect(text.contains("Prior: nothing is known of these networks"))
    #expect(!text.contains("hscore-shrunk"))
    let all = ScorecardText.text(card, showing: Score.all.map(\.id))
    for score in Score.all { #expect(all.contains("\n\(score.id) "), "\(score.id)") }
    // What is the same for all networks is said once.
    let note = "the network has no source classifier"
    #expect(all.components(separatedBy: "leep: \(note)").count == 2, "\(all)")
    #expect(all.split(separator: "\n").allSatisfy { $0.count < 120 })
  }

  @Test func scorecardOfKnownNetworks() throws {
    let labels = (0..<40).map { $0 % 2 }
    let tables = try ["resnet18", "resnet50", "convnext_tiny"].enumerated().map { index, name in
      try FeatureTable(
        model: name,
        features: Tensor(
          shape: [40, 1], values: labels.map { Float($0 * index) + Float($0 % 3) * 0.1 }),
        labels: labels)
    }
    var card = try Scorecard(tables, scores: [Score.named("logme")])
    #expect(ScorecardText.text(card).contains("published ImageNet top-1 accuracy"))
    #expect(ScorecardText.text(card).contains("Combined: the prior and logme"))
    card.agreement = ScorecardAgreement(
      card, accuracies: ["resnet18": 0.8, "resnet50": 0.9, "convnext_tiny": 0.95])
    let text = ScorecardText.text(card)
    for part in ["Against known accuracies of 3 networks", "all orders of 3", "regret", "prior  "] {
      #expect(text.contains(part), "\(part) in \(text)")
    }
  }

  @Test func scoreListing() throws {
    let listing = ScoreListing()
    let text = ScoreListingText.text(listing)
    for score in Score.all {
      #expect(text.contains("\n\(score.id)  (\(score.name))\n"), "\(score.id)")
    }
    #expect(try JSONText.encode(listing).contains("\"graft.scores/1\""))
  }

  @Test func json() throws {
    #expect(
      try JSONText.encode(["b": 1, "a": 2]) == "{\n  \"a\" : 2,\n  \"b\" : 1\n}\n")
    #expect(try JSONText.encode(["a/b"]) == "[\n  \"a/b\"\n]\n")
  }

  @Test func rules() throws {
    let listing = try RuleListing(RuleCatalog.embedded)
    let list = RuleText.list(listing)
    #expect(list.hasSuffix("\(listing.rules.count) rules\n"))
    let first = try #require(listing.rules.first)
    let page = RuleText.page(try RuleListing(RuleCatalog.embedded, only: first.id))
    for part in ["When\n", "Advice\n", "Why\n", "Rests on\n", first.title, first.id] {
      #expect(page.contains(part), "\(part)")
    }
    let error = #expect(throws: RuleListingError.self) {
      try RuleListing(RuleCatalog.embedded, only: first.id + "-x")
    }
    #expect(error?.description.contains(first.id) == true)
    let check = try RuleCheck(folder: nil)
    #expect(check.problems.isEmpty)
    #expect(RuleText.check(check) == "\(check.fileCount) files, no problem.\n")
  }
}
