import ArgumentParser
import Datasets
import FineTuning
import Foundation
import Profiling
import Reports
import Tensors

struct ProfileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "Says what is in a data set, and what is wrong with it.",
    discussion: """
      Counts images and classes, tells how balanced they are, which resolutions
      and file types occur, and finds files that can't be read, duplicates, and
      images that lie in two splits or two classes. Every file is decoded once.
      """
  )

  @Argument(help: .data)
  var data: String

  @OptionGroup var output: OutputOptions

  func run() throws {
    let console = output.console()
    let cancellation = Interruption.listen()
    let dataset = try Dataset.open(URL(fileURLWithPath: data))
    console.show(.phase("Looking at \(dataset.samples.count) images"))
    let profile = try Profiler(threads: Parallel.threadCount).profile(
      dataset,
      progress: { console.show(.progress(done: $0.done, total: $0.total, unit: "images")) },
      shouldStop: { cancellation.isCancelled })
    try output.print(profile, ProfileText.text)
  }
}
