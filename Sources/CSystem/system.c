#define _GNU_SOURCE
#include "CSystem.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int refold_pipe(int ends[2], int size) {
#ifdef __linux__
  if (pipe2(ends, O_CLOEXEC) != 0) return -1;
  // Refused above the user's limit; the pipe then keeps its size.
  (void)fcntl(ends[1], F_SETPIPE_SZ, size);
#else
  (void)size;
  if (pipe(ends) != 0) return -1;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
#endif
  return 0;
}

int refold_spawn_in(posix_spawn_file_actions_t *actions, const char *folder) {
  return posix_spawn_file_actions_addchdir_np(actions, folder);
}

int refold_open_unnamed(const char *folder) {
#ifdef O_TMPFILE
  return open(folder, O_TMPFILE | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
#else
  (void)folder;
  errno = EOPNOTSUPP;
  return -1;
#endif
}
