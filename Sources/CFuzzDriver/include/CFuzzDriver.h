#ifndef CFUZZDRIVER_H
#define CFUZZDRIVER_H

#include <stddef.h>
#include <stdint.h>

/// Runs libFuzzer, when the program was built with -sanitize=fuzzer; -1 otherwise.
int refold_run_libfuzzer(int *argc, char ***argv, int (*input)(const uint8_t *, size_t));

#endif
