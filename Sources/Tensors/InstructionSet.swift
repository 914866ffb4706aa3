import CKernels

/// Which kernels run on this machine.
public enum InstructionSet {
  /// `avx512`, `avx2` or `scalar`: the best that the processor has, or what `GRAFT_ISA` asks for.
  public static var name: String { String(cString: graft_isa_name()) }
}
