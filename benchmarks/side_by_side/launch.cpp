// Runs a process and measures it: launch USAGE COMMAND ARGUMENT… writes {"wall": S, "user": S, "system": S,
// "peak": BYTES, "status": N} to the file USAGE.
//
// This is a separate program because a process starts with its parent's peak memory. If an interpreter started it, a
// process that needs less memory than the interpreter would seem to need as much.
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cstdio>
#include <ctime>

extern char **environ;

static double now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static double seconds(timeval time) { return time.tv_sec + time.tv_usec / 1e6; }

int main(int argc, char **argv) {
  if (argc < 3) return fprintf(stderr, "launch USAGE COMMAND ARGUMENT...\n"), 2;
  FILE *out = fopen(argv[1], "w");
  if (!out) return perror(argv[1]), 2;
  pid_t child;
  int status;
  rusage usage;
  double start = now();
  if (posix_spawnp(&child, argv[2], nullptr, nullptr, argv + 2, environ)) return perror(argv[2]), 2;
  if (wait4(child, &status, 0, &usage) != child) return perror("wait4"), 2;
  double wall = now() - start;
  int code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  fprintf(out, "{\"wall\": %.6f, \"user\": %.6f, \"system\": %.6f, \"peak\": %ld, \"status\": %d}\n", wall,
          seconds(usage.ru_utime), seconds(usage.ru_stime), usage.ru_maxrss * 1024L, code);
  return fclose(out) ? 2 : 0;
}
