#ifndef REFOLD_CSYSTEM_H
#define REFOLD_CSYSTEM_H

// Calls of the C library that its Swift module does not have, because they need `_GNU_SOURCE`.

#include <spawn.h>

/// A pipe whose ends are closed in every program that is started, and that takes `size` bytes if the system lets it.
/// 0, or -1 with `errno`.
int refold_pipe(int ends[_Nonnull 2], int size);

/// The program that is started runs in that folder. 0, or an error number.
int refold_spawn_in(posix_spawn_file_actions_t *_Nonnull actions, const char *_Nonnull folder);

/// Opens a new file in a folder that has no name yet, for appending. -1 with `errno` if that fails or if the system has
/// no such files.
int refold_open_unnamed(const char *_Nonnull folder);

#endif
