internal import CImageCodecs
internal import Foundation

/// The instruction set of the loops over pixels: chosen once by what the processor has and
/// `GRAFT_ISA` asks for, or by a test that compares them.
package enum PixelKernels: UInt32, Sendable, CaseIterable {
  /// Plain C.
  case scalar = 0
  /// 256-bit integers.
  case avx2 = 1
  /// 512-bit integers with VNNI.
  case avx512 = 2

  private static let lock = NSLock()

  /// Those that this processor has.
  package static var available: [PixelKernels] {
    allCases.filter { kernels in lock.withLock { kernels.force() } }
  }

  /// Runs a body with these kernels, alone among those who ask for kernels of their own.
  ///
  /// What runs elsewhere meanwhile may take any of them: all give the same bytes.
  package func use<Result>(_ body: () throws -> Result) rethrows -> Result {
    try PixelKernels.lock.withLock {
      let isForced = force()
      precondition(isForced, "PixelKernels: this processor has no \(self)")
      defer { _ = PixelKernels.avx512.force() }
      return try body()
    }
  }

  private func force() -> Bool {
    graft_codec_force_isa(graft_codec_isa(rawValue)) == graft_codec_isa(rawValue)
  }
}
