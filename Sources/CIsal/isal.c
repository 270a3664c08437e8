#include "CIsal.h"

// The library is opened when the first gzip file is, and not linked: refold builds and runs where it is missing.
#if __has_include(<isa-l/igzip_lib.h>)
#include <dlfcn.h>
#include <isa-l/igzip_lib.h>
#include <pthread.h>
#include <stdlib.h>

static struct {
  void (*init)(struct inflate_state *);
  void (*reset)(struct inflate_state *);
  int (*inflate)(struct inflate_state *);
  void (*header_init)(struct isal_gzip_header *);
  int (*read_header)(struct inflate_state *, struct isal_gzip_header *);
} library;
static int is_there;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void open_library(void) {
#ifdef __APPLE__
  void *handle = dlopen("libisal.2.dylib", RTLD_NOW | RTLD_LOCAL);
#else
  void *handle = dlopen("libisal.so.2", RTLD_NOW | RTLD_LOCAL);
#endif
  if (!handle) return;
  *(void **)&library.init = dlsym(handle, "isal_inflate_init");
  *(void **)&library.reset = dlsym(handle, "isal_inflate_reset");
  *(void **)&library.inflate = dlsym(handle, "isal_inflate");
  *(void **)&library.header_init = dlsym(handle, "isal_gzip_header_init");
  *(void **)&library.read_header = dlsym(handle, "isal_read_gzip_header");
  is_there = library.init && library.reset && library.inflate && library.header_init && library.read_header;
}

struct refold_isal {
  struct inflate_state state;
  struct isal_gzip_header header;
  int is_in_header;
};

refold_isal *refold_isal_create(void) {
  pthread_once(&once, open_library);
  if (!is_there) return NULL;
  refold_isal *decoder = malloc(sizeof *decoder);
  if (decoder) library.init(&decoder->state);
  return decoder;
}

void refold_isal_free(refold_isal *decoder) { free(decoder); }

void refold_isal_begin(refold_isal *decoder) {
  library.reset(&decoder->state);
  library.header_init(&decoder->header);
  // Checksum and length are verified. The header is read apart: the library's own reading of it forgets which fields are
  // still to come if it is cut between two calls.
  decoder->state.crc_flag = ISAL_GZIP_NO_HDR_VER;
  decoder->is_in_header = 1;
}

static const char *message(int code, int is_in_header) {
  switch (code) {
  case ISAL_INVALID_BLOCK: return "invalid block";
  case ISAL_INVALID_SYMBOL: return "invalid code";
  case ISAL_INVALID_LOOKBACK: return "invalid distance too far back";
  case ISAL_INVALID_WRAPPER: return "incorrect header check";
  case ISAL_UNSUPPORTED_METHOD: return "unknown compression method";
  case ISAL_INCORRECT_CHECKSUM: return is_in_header ? "header crc mismatch" : "incorrect data check or length check";
  default: return "not readable";
  }
}

refold_isal_step refold_isal_unpack(
    refold_isal *decoder, const void *input, size_t input_count, void *output, size_t output_count) {
  struct inflate_state *state = &decoder->state;
  refold_isal_step step = {0, 0, 0, NULL};
  state->next_in = (uint8_t *)input;
  state->avail_in = (uint32_t)input_count;
  state->next_out = output;
  state->avail_out = (uint32_t)output_count;
  int code = ISAL_DECOMP_OK;
  if (decoder->is_in_header) {
    code = library.read_header(state, &decoder->header);
    if (code == ISAL_DECOMP_OK) {
      decoder->is_in_header = 0;
      if (decoder->header.flags & 0xE0) step.fault = "unknown header flags set";
    }
  }
  if (!decoder->is_in_header && !step.fault) {
    code = library.inflate(state);
    step.ended = code == ISAL_DECOMP_OK && state->block_state == ISAL_BLOCK_FINISH;
  }
  if (code < 0) step.fault = message(code, decoder->is_in_header);
  step.taken = input_count - state->avail_in;
  step.written = output_count - state->avail_out;
  return step;
}
#else
refold_isal *refold_isal_create(void) { return NULL; }
void refold_isal_free(refold_isal *decoder) {}
void refold_isal_begin(refold_isal *decoder) {}
refold_isal_step refold_isal_unpack(
    refold_isal *decoder, const void *input, size_t input_count, void *output, size_t output_count) {
  return (refold_isal_step){0, 0, 0, "ISA-L is missing"};
}
#endif
