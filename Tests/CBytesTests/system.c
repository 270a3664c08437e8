// Calls what CSystem has, with a folder to write to. Exit status 1: something did not work.
#define _GNU_SOURCE
#include <CSystem.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int failed(const char *what) {
  printf("%s: %s\n", what, strerror(errno));
  return 1;
}

int main(int count, char **arguments) {
  if (count != 2) return 1;
  int ends[2];
  if (refold_pipe(ends, 1 << 16) != 0) return failed("pipe");
  char text[8];
  if (write(ends[1], "hello", 5) != 5 || read(ends[0], text, 8) != 5) return failed("write and read");
  if (!(fcntl(ends[0], F_GETFD) & FD_CLOEXEC) || !(fcntl(ends[1], F_GETFD) & FD_CLOEXEC)) return failed("close on exec");
  int file = refold_open_unnamed(arguments[1]);
  if (file < 0 && errno != EOPNOTSUPP) return failed("a file without a name");
  if (file >= 0 && write(file, "hello", 5) != 5) return failed("write to it");
  posix_spawn_file_actions_t actions;
  if (posix_spawn_file_actions_init(&actions) != 0) return failed("file actions");
  errno = refold_spawn_in(&actions, arguments[1]);
  if (errno != 0) return failed("a folder for a program");
  return 0;
}
