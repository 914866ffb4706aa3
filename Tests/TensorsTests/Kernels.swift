import CKernels
import Tensors
import Testing

/// Every suite that forces an instruction set or a thread count: both are global, so one at a time.
@Suite(.serialized) struct Kernels {
  /// Instruction sets this processor has.
  static let instructionSets: [graft_isa] = [
    GRAFT_ISA_SCALAR, GRAFT_ISA_AVX2, GRAFT_ISA_AVX512,
  ].filter { $0.rawValue <= graft_best_isa().rawValue }

  /// Lengths around the widths of vectors and panels.
  static let awkward = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65]

  /// Runs `body` under each instruction set, then goes back to the best.
  static func each(_ body: (String) throws -> Void) rethrows {
    defer { graft_force_isa(graft_best_isa()) }
    for isa in instructionSets {
      #expect(graft_force_isa(isa) == isa)
      try body(String(cString: graft_isa_name()))
    }
  }

  /// `count` uniform numbers in [−1, 1).
  static func random(_ count: Int, _ key: String) -> [Float] {
    let random = CounterRandom(seed: 7, key: key)
    return (0..<count).map { Float(2 * random.uniform(at: UInt64($0)) - 1) }
  }

  /// Expects |a − b| ≤ tolerance·(1 + |b|) everywhere; names the worst place otherwise.
  static func expectClose(
    _ a: [Float], _ b: [Double], tolerance: Double, _ name: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(a.count == b.count, "\(name)", sourceLocation: sourceLocation)
    let errors = zip(a, b).map { abs(Double($0) - $1) / (1 + abs($1)) }
    guard let worst = errors.indices.max(by: { errors[$0] < errors[$1] }) else { return }
    let fine = errors.allSatisfy { $0 <= tolerance }
    #expect(
      fine, "\(name): element \(worst) is \(a[worst]), expected \(b[worst])",
      sourceLocation: sourceLocation)
  }
}
