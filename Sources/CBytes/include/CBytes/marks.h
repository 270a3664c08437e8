#ifndef REFOLD_MARKS_H
#define REFOLD_MARKS_H

#include "instructions.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// How many bytes behind those looked at must be readable, and how many offsets more than there are bytes there must be
/// room for.
#define refold_marks_slack 64

// The functions take the best of the sets of instructions that this machine has, or a lesser one, and give the same with
// each.

/// Writes the offsets of all line feeds, ascending, each with `base` added, and returns how many they are. O(n).
size_t refold_mark_lines(
    refold_instructions instructions, const uint8_t *_Nonnull bytes, size_t count, uint32_t base, uint32_t *_Nonnull offsets);

/// What there is to know of the strings of JSON texts.
typedef struct {
  /// How many quotes begin or end a string.
  size_t quotes;
  /// How many backslashes there are.
  size_t backslashes;
  /// Whether all strings are closed and hold no control characters, line feeds among them, and all bytes are UTF-8.
  bool is_valid;
} refold_strings;

/// Says whether bytes are UTF-8.
typedef bool (*refold_is_utf8)(const uint8_t *_Nonnull bytes, size_t count);

/// Writes the offsets of the quotes that begin and end the strings of whole JSON texts, each in turn, and to `escapes` those of
/// all backslashes. `is_utf8` is asked for the parts that are not ASCII. `count` is below 2³². O(n).
refold_strings refold_mark_strings(
    refold_instructions instructions, const uint8_t *_Nonnull bytes, size_t count, refold_is_utf8 _Nonnull is_utf8,
    uint32_t *_Nonnull offsets, uint32_t *_Nonnull escapes);

#endif
