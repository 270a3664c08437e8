#include "blocks.h"

#ifndef REFOLD_HAS_SHA_INSTRUCTIONS
bool refold_hash_has_instructions(refold_hash_function function) {
  (void)function;
  return false;
}
#endif
