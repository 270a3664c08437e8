#ifndef REFOLD_MARKS_H
#define REFOLD_MARKS_H

#include "instructions.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// How many bytes after the input must be readable, and how many more offsets than input bytes there must be room for.
#define refold_marks_slack 64

// The functions take this machine's best instruction set or a lesser one, and give the same result with each.

/// Writes the offsets of all line feeds, ascending, each with `base` added, and returns their number. O(n).
size_t refold_mark_lines(
    refold_instructions instructions, const uint8_t *_Nonnull bytes, size_t count, uint32_t base, uint32_t *_Nonnull offsets);

/// Facts about the strings of JSON texts.
typedef struct {
  /// Number of quotes that begin or end a string.
  size_t quotes;
  /// Number of backslashes.
  size_t backslashes;
  /// Whether all strings are closed and hold no control characters (such as line feeds), and all bytes are UTF-8.
  bool is_valid;
} refold_strings;

/// Whether bytes are UTF-8.
typedef bool (*refold_is_utf8)(const uint8_t *_Nonnull bytes, size_t count);

/// Writes to `offsets` those of the quotes that begin and end the strings of whole JSON texts, alternating, and to
/// `escapes` those of all backslashes. Calls `is_utf8` for the parts that are not ASCII. `count` is below 2³². O(n).
refold_strings refold_mark_strings(
    refold_instructions instructions, const uint8_t *_Nonnull bytes, size_t count, refold_is_utf8 _Nonnull is_utf8,
    uint32_t *_Nonnull offsets, uint32_t *_Nonnull escapes);

#endif
