import Foundation
import TestSupport
import Testing

@Suite("graft --precision")
struct PrecisionTests {
  /// On a processor with AVX-512 it is GRAFT_ISA that rules the format out, on any other the processor.
  @Test(
    "What the kernels in use lack is refused in a sentence", arguments: ["float16", "bfloat16"])
  func refusal(format: String) throws {
    let scratch = try ScratchFolder()
    var environment = GraftBinary.environment(scratch("home"))
    environment["GRAFT_ISA"] = "avx2"
    let arguments = ["bench", "infer", "--arch", "resnet20_cifar", "--batch", "1", "--quiet"]
    let result = try Checkout.run(
      GraftBinary.url, arguments + ["--precision", format], environment: environment)
    #expect(result.status == 1)
    #expect(result.output.isEmpty)
    #expect(result.errors.hasPrefix("Error: Precision \(format) needs "))
    #expect(result.errors.hasSuffix("use float32.\n"))
    #expect(result.errors.split(separator: "\n").count == 1)
  }

  @Test("Another format is wrong usage")
  func unknown() throws {
    let outcome = try GraftBinary.run(["bench", "infer", "--precision", "half"])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("float32, float16, bfloat16"))
  }
}
