#ifndef REFOLD_INSTRUCTIONS_H
#define REFOLD_INSTRUCTIONS_H

/// The instruction sets that this module's functions are written for; each includes those before it.
typedef enum __attribute__((enum_extensibility(closed))) : int {
  /// The baseline of the architecture.
  refold_any_machine __attribute__((swift_name("anyMachine"))),
  /// AVX2 of x86-64, and the bit manipulation instructions that came with it.
  refold_avx2 __attribute__((swift_name("avx2"))),
  /// AVX-512 of x86-64, including the instructions that compress vectors of bytes.
  refold_avx512 __attribute__((swift_name("avx512"))),
} refold_instructions;

/// The best of the sets that this machine supports.
refold_instructions refold_best_instructions(void);

#endif
