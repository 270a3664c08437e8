#ifndef REFOLD_CBUILD_H
#define REFOLD_CBUILD_H

/// The commit that a package was built from, as `.ci/package` gives it; empty for other builds. Static storage.
const char *_Nonnull refold_build_commit(void);

#endif
