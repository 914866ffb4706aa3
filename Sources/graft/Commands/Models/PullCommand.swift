import ArgumentParser
import Checkpoints
import FineTuning
import Foundation
import Hub
import Reports
import Synchronization

extension ModelsCommand {
  struct Pull: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Fetches models from the Hugging Face Hub into the cache shared with its tools.",
      discussion: """
        Fetches config.json and the weights: model.safetensors, its shards, or
        pytorch_model.bin; --file names others. What Python's huggingface_hub has
        fetched is not fetched again, and the other way round. Bytes are compared
        with the digest that the Hub states. A pull that was stopped or cut goes on
        where it ended. Afterwards hf:OWNER/NAME works wherever a model is named,
        also without network.

          graft models pull hf:timm/resnet18.a1_in1k
          graft models pull hf:OWNER/NAME@REVISION --file onnx/model.onnx
          graft embed photos --model hf:timm/resnet18.a1_in1k -o features.npz

        As for huggingface_hub, HF_TOKEN (or the login of 'hf auth login') opens
        private and gated models, HF_ENDPOINT names another Hub, HF_HOME or
        HF_HUB_CACHE another cache, and HF_HUB_OFFLINE=1 forbids the network.
        """)

    @Argument(
      help: ArgumentHelp("Models, as hf:OWNER/NAME or hf:OWNER/NAME@REVISION.", valueName: "model"))
    var models: [String]

    @Option(
      name: .customLong("file"),
      help: ArgumentHelp(
        "A file to fetch instead of the usual weights; may be repeated.", valueName: "path"))
    var files: [String] = []

    @OptionGroup var output: OutputOptions

    func validate() throws {
      if models.isEmpty { throw ValidationError("Name at least one model.") }
      for model in models {
        do { _ = try HubReference(model) } catch { throw ValidationError(error.description) }
      }
    }

    func run() throws {
      let console = output.console()
      let cancellation = Interruption.listen()
      let progress = PullProgress(console)
      let client = HubClient(
        try HubEnvironment(), userAgent: "graft/\(Version.text)",
        events: { progress.show($0) }, isCancelled: { cancellation.isCancelled })
      var report = PullReport()
      do {
        for model in models {
          let pull = try client.pull(try HubReference(model), files: files)
          report.models.append(entry(pull, console))
        }
      } catch {
        guard case HubError.cancelled = error else { throw error }
        Console.error("\(error)")
        throw CancellationError()
      }
      try output.print(report, ModelText.pull)
    }

    /// Opens what has come, so that what is wrong with it is told now and not later.
    private func entry(_ pull: HubPull, _ console: Console) -> PullReport.Entry {
      let reference = try? HubReference(pull.model)
      var spec = pull.model
      if reference?.file == nil, files.count == 1 { spec += "/" + files[0] }
      do {
        let model = try ModelCatalogue().resolve(spec)
        return PullReport.Entry(pull: pull, name: spec, card: model.card)
      } catch {
        return PullReport.Entry(pull: pull, name: spec, problem: error.description)
      }
    }
  }
}

/// What a pull says, as the console shows it: files as phases, bytes as a bar with their speed.
private final class PullProgress: Sendable {
  private let console: Console
  private let start = Mutex<(date: Date, count: Int)>((Date(), 0))

  init(_ console: Console) { self.console = console }

  func show(_ event: HubEvent) {
    switch event {
    case .fetching(let file, let count, let resumed):
      start.withLock { $0 = (Date(), resumed) }
      let size = count.map { " (\(ModelText.size($0)))" } ?? ""
      let rest = resumed > 0 ? ", going on after \(ModelText.size(resumed))" : ""
      console.show(.phase("Fetching \(file)\(size)\(rest)"))
    case .progress(_, let done, let total):
      guard let total else { return }
      let (date, first) = start.withLock { $0 }
      let seconds = max(0.001, Date().timeIntervalSince(date))
      let speed = Double(done - first) / seconds
      let unit = total >= 10_000_000 ? (name: "MB", size: 1_000_000) : (name: "kB", size: 1000)
      var text = "\(unit.name), \(String(format: "%.1f", speed / 1e6)) MB/s"
      if speed > 0, done < total {
        text += ", \(Int((Double(total - done) / speed).rounded(.up))) s left"
      }
      console.show(
        .progress(
          done: done == total ? (total + unit.size - 1) / unit.size : done / unit.size,
          total: (total + unit.size - 1) / unit.size, unit: text))
    case .verifying: break
    case .note(let text): console.show(.note(text))
    }
  }
}
