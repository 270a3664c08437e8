#ifndef REFOLD_CSIMDJSON_H
#define REFOLD_CSIMDJSON_H

#include <stdbool.h>
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

/// Number of readable bytes that must follow a document.
extern const size_t refold_simdjson_padding;

refold_simdjson *_Nullable refold_simdjson_new(size_t max_depth);
void refold_simdjson_free(refold_simdjson *_Nullable parser);

/// Parses one document of `count` bytes, followed by `refold_simdjson_padding` readable bytes.
refold_simdjson_document refold_simdjson_parse(
    refold_simdjson *_Nonnull parser, const uint8_t *_Nonnull bytes, size_t count);

/// Whether bytes are UTF-8. O(n).
bool refold_simdjson_is_utf8(const uint8_t *_Nonnull bytes, size_t count);

/// simdjson's message for an error code; static storage.
const char *_Nonnull refold_simdjson_error_text(int error);

/// The instruction set simdjson chose on this machine, such as `haswell`; static storage.
const char *_Nonnull refold_simdjson_implementation(void);

#ifdef __cplusplus
}
#endif
#endif
