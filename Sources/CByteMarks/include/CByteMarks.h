#ifndef REFOLD_CBYTEMARKS_H
#define REFOLD_CBYTEMARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Sets each bit to the parity of the bits up to and with it.
static inline __attribute__((always_inline)) uint64_t refold_parities(uint64_t bits) {
  bits ^= bits << 1;
  bits ^= bits << 2;
  bits ^= bits << 4;
  bits ^= bits << 8;
  bits ^= bits << 16;
  bits ^= bits << 32;
  return bits;
}

/// How many bytes behind those looked at must be readable, and how many offsets more than there are bytes there must be
/// room for.
#define refold_marks_slack 64

/// The best of the sets of instructions that the functions below are written for, on this machine: 0 any machine's, 1 AVX2,
/// 2 AVX-512. The functions take it, or a lesser one, and give the same with each.
int refold_marks_instructions(void);

/// Writes the offsets of all line feeds, ascending, each with `base` added, and returns how many they are. O(n).
size_t refold_mark_lines(
    int instructions, const uint8_t *_Nonnull bytes, size_t count, uint32_t base, uint32_t *_Nonnull offsets);

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
    int instructions, const uint8_t *_Nonnull bytes, size_t count, refold_is_utf8 _Nonnull is_utf8,
    uint32_t *_Nonnull offsets, uint32_t *_Nonnull escapes);

#endif
