#include "targets.h"

refold_instructions refold_best_instructions(void) {
#ifdef __x86_64__
  if (has_avx512()) return refold_avx512;
  if (has_avx2()) return refold_avx2;
#endif
  return refold_any_machine;
}
