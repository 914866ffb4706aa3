// Runs libFuzzer on one parser: `fuzz PARSER [libFuzzer's own arguments and folders]`.
// scripts/fuzz builds it with coverage and the address sanitizer, and runs it.
import Foundation
import FuzzTargets

/// libFuzzer's entry for programs that have a main of their own.
@_silgen_name("LLVMFuzzerRunDriver")
func runFuzzer(
  _ argumentCount: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// The parser that this process runs; written once, before the first input.
nonisolated(unsafe) var chosen = FuzzTarget.all[0]

guard CommandLine.arguments.count > 1,
  let target = FuzzTarget.all.first(where: { $0.name == CommandLine.arguments[1] })
else {
  print(FuzzTarget.all.map(\.name).joined(separator: "\n"))
  exit(CommandLine.arguments.count > 1 ? 64 : 0)
}
chosen = target

let rest = [CommandLine.arguments[0]] + CommandLine.arguments.dropFirst(2)
var pointers: [UnsafeMutablePointer<CChar>?] = rest.map { strdup($0) } + [nil]
var count = CInt(rest.count)
let status = pointers.withUnsafeMutableBufferPointer { buffer in
  var base = buffer.baseAddress
  return withUnsafeMutablePointer(to: &base) { arguments in
    runFuzzer(&count, arguments) { bytes, count in
      try? chosen.parse(UnsafeRawBufferPointer(start: bytes, count: count))
      return 0
    }
  }
}
exit(status)
