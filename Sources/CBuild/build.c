#include "CBuild.h"

#ifndef REFOLD_COMMIT
#define REFOLD_COMMIT ""
#endif

const char *refold_build_commit(void) { return REFOLD_COMMIT; }
