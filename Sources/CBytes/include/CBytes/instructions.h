#ifndef REFOLD_INSTRUCTIONS_H
#define REFOLD_INSTRUCTIONS_H

/// The sets of instructions that functions of this module are written for, each with those before it.
typedef enum __attribute__((enum_extensibility(closed))) : int {
  /// What every machine of its kind has.
  refold_any_machine __attribute__((swift_name("anyMachine"))),
  /// AVX2 of x86-64, and the instructions on bits that came with it.
  refold_avx2 __attribute__((swift_name("avx2"))),
  /// AVX-512 of x86-64 that compresses vectors of bytes.
  refold_avx512 __attribute__((swift_name("avx512"))),
} refold_instructions;

/// The last of the sets that this machine has.
refold_instructions refold_best_instructions(void);

#endif
