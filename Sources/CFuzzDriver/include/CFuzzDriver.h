#ifndef CFUZZDRIVER_H
#define CFUZZDRIVER_H

#include <stddef.h>
#include <stdint.h>

/// Runs libFuzzer if the program was built with -sanitize=fuzzer; else returns -1.
int refold_run_libfuzzer(int *argc, char ***argv, int (*input)(const uint8_t *, size_t));

#endif
