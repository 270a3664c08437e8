#include "CFuzzDriver.h"

extern int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*input)(const uint8_t *, size_t)) __attribute__((weak));

int refold_run_libfuzzer(int *argc, char ***argv, int (*input)(const uint8_t *, size_t)) {
  return LLVMFuzzerRunDriver ? LLVMFuzzerRunDriver(argc, argv, input) : -1;
}
