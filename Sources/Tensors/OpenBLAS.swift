internal import CKernels
internal import COpenBLAS
import Foundation

/// How OpenBLAS is set up, once, before its first use.
enum OpenBLAS {
  /// Single-threaded (our own loops split the work), with kernels that fit the processor.
  ///
  /// OpenBLAS 0.3.21 (Debian 12) takes processors younger than itself for a Pentium 4 and then runs
  /// at a third of their speed. Where it did so and OPENBLAS_CORETYPE leaves it the choice, its AVX-512
  /// or AVX2 kernels are chosen instead (the former take half the time of the latter); where its
  /// entry points for that are missing, nothing changes.
  static let prepared: Void = {
    openblas_set_num_threads(1)
    let olderThanAVX2 = [
      "Prescott", "Northwood", "Katmai", "Coppermine", "Banias", "Atom", "Core2", "Penryn",
      "Dunnington", "Nehalem",
    ]
    guard graft_best_isa() != GRAFT_ISA_SCALAR, olderThanAVX2.contains(coreName),
      ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"] == nil,
      let quit = dlsym(nil, "gotoblas_dynamic_quit"),
      let start = dlsym(nil, "gotoblas_dynamic_init")
    else { return }
    let choice = graft_best_isa() == GRAFT_ISA_AVX512 ? "SkylakeX" : "Haswell"
    setenv("OPENBLAS_CORETYPE", choice, 1)
    unsafeBitCast(quit, to: (@convention(c) () -> Void).self)()
    unsafeBitCast(start, to: (@convention(c) () -> Void).self)()
    unsetenv("OPENBLAS_CORETYPE")
  }()

  /// The processor family whose kernels OpenBLAS runs, for reports.
  static var coreName: String {
    openblas_get_corename().map { String(cString: $0) } ?? "unknown"
  }
}
