#ifndef REFOLD_CSIMDJSON_H
#define REFOLD_CSIMDJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A reusable simdjson DOM parser; one per thread.
typedef struct refold_simdjson refold_simdjson;

/// The outcome of one parse. `tape` and `strings` stay valid until the parser's next parse.
typedef struct {
  const uint64_t *_Nullable tape;
  const uint8_t *_Nullable strings;
  /// 0, or simdjson's error code.
  int error;
} refold_simdjson_document;

/// The outcome of indexing. `offsets` stays valid until the parser's next use; behind its `count` entries stands the bytes'
/// number, `refold_simdjson_slack` times.
typedef struct {
  const uint32_t *_Nullable offsets;
  uint32_t count;
  /// 0, or simdjson's error code.
  int error;
} refold_simdjson_tokens;

/// How many readable bytes must follow a document.
extern const size_t refold_simdjson_padding;

/// How often the bytes' number stands behind the offsets of an index.
#define refold_simdjson_slack 8

refold_simdjson *_Nullable refold_simdjson_new(size_t max_depth);
void refold_simdjson_free(refold_simdjson *_Nullable parser);

/// Parses one document of `count` bytes, followed by `refold_simdjson_padding` readable bytes.
refold_simdjson_document refold_simdjson_parse(
    refold_simdjson *_Nonnull parser, const uint8_t *_Nonnull bytes, size_t count);

/// Finds where the tokens of `count` bytes begin, which may hold several documents; readable bytes follow as above.
/// Only the first stage: tokens are told apart, strings are closed, valid UTF-8 and without control characters.
refold_simdjson_tokens refold_simdjson_index(
    refold_simdjson *_Nonnull parser, const uint8_t *_Nonnull bytes, size_t count);

/// simdjson's own words for an error code; static storage.
const char *_Nonnull refold_simdjson_error_text(int error);

/// The instruction set simdjson chose on this machine, such as `haswell`; static storage.
const char *_Nonnull refold_simdjson_implementation(void);

#ifdef __cplusplus
}
#endif
#endif
