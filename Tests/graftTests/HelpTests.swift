import Foundation
import TestSupport
import Testing

/// Help texts are part of the interface: a change shows in the difference of a golden file.
///
/// `UPDATE_GOLDEN=1` writes them anew, and the test fails once more so that nobody forgets to look.
@Suite("Help")
struct HelpTests {
  static let commands: [[String]] = [
    [], ["profile"], ["embed"], ["score"], ["advise"], ["run"], ["predict"], ["evaluate"],
    ["rules"], ["rules", "list"], ["rules", "show"], ["rules", "check"], ["models"],
    ["models", "list"], ["models", "inspect"], ["models", "pull"], ["models", "add"],
    ["models", "remove"], ["models", "verify"], ["models", "init"], ["export"], ["bench"],
    ["bench", "infer"],
    ["bench", "train"], ["bench", "scores"], ["demo"], ["draw"],
  ]

  @Test("Every command explains itself as its golden file says", arguments: commands)
  func golden(command: [String]) throws {
    let outcome = try GraftBinary.run(command + ["--help"])
    #expect(outcome.status == 0)
    #expect(outcome.errors.isEmpty)
    #expect(outcome.text.contains("OVERVIEW: ") && outcome.text.contains("USAGE: graft"))
    for line in outcome.text.split(separator: "\n") where !line.hasPrefix("USAGE: ") {
      #expect(line.count <= 80, "too long for 80 columns: \(line)")
    }
    let name = (["graft"] + command).joined(separator: "-")
    let file = Checkout.root.appendingPathComponent("Tests/graftTests/Golden/\(name).txt")
    if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
      try outcome.output.write(to: file)
      Issue.record("\(file.lastPathComponent) was written anew; look at the difference")
      return
    }
    let golden = try String(contentsOf: file, encoding: .utf8)
    #expect(outcome.text == golden, "'UPDATE_GOLDEN=1 swift test --filter HelpTests' rewrites it")
  }

  @Test("The version is a number")
  func version() throws {
    let outcome = try GraftBinary.run(["--version"])
    #expect(outcome.status == 0)
    #expect(outcome.text.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
  }

  @Test(
    "Wrong usage ends with status 64 and says how it is right",
    arguments: [
      ["--no-such-flag"], ["no-such-command"], ["profile"], ["profile", "a", "b"],
      ["profile", "a", "--no-such-flag"], ["embed", "a"], ["score"], ["score", "a"],
      ["score", "a", "--features", "b.npz"], ["advise", "a"],
      ["run", "a", "--models", "m"], ["run", "a", "-o", "b"],
      ["run", "a", "--models", "m", "-o", "b", "--regime", "none"],
      ["run", "a", "--models", "m", "-o", "b", "--epochs", "0"],
      ["run", "a", "--models", "m", "n", "-o", "b", "--regime", "full"],
      ["run", "a", "--resume", "b", "--epochs", "3"], ["predict", "r"],
      ["evaluate", "r"], ["evaluate", "r", "d", "--split", "middle"], ["rules", "show"],
      ["bench", "infer", "--batch", "0"], ["models", "pull"], ["models", "pull", "resnet18"],
      ["models", "pull", "hf:a"], ["models", "remove"], ["models", "add"],
      ["models", "add", "a.pth", "--mean", "1,2"], ["models", "add", "a.pth", "--std", "58,57,57"],
      ["embed", "a", "--model", "m", "-o", "o", "--resize", "stretch"],
      ["predict", "r", "i", "--crop-pct", "2"], ["run", "a", "-o", "b", "--image-size", "0"],
      ["bench", "train", "--images", "x.npy", "--batch", "2"], ["bench", "infer", "--labels", "l"],
      ["bench", "infer", "--arch", "resnet20_cifar", "--mean", "0,0,0"],
      ["profile", "a", "--threads", "0"],
      ["profile", "a", "--threads", "many"], ["demo"], ["draw", "none", "-o", "x"],
    ])
  func wrongUsage(arguments: [String]) throws {
    let outcome = try GraftBinary.run(arguments)
    #expect(outcome.status == 64, "\(arguments): \(outcome.status)")
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("Error: ") && outcome.errors.contains("graft"))
  }
}
