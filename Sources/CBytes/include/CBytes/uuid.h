#ifndef REFOLD_UUID_H
#define REFOLD_UUID_H

#include "vectors.h"

#include <stdbool.h>

// Every machine has vectors of 128 bits.

/// The 16 bytes of a UUID, in two words as memory holds them.
typedef struct {
  uint64_t first, second;
  bool is_valid;
} refold_uuid;

static inline uint64_t refold_load(const uint8_t *_Nonnull text, int count) {
  uint64_t word = 0;
  memcpy(&word, text, (unsigned long)count);
  return word;
}

/// The values of 16 hex digits; `wrong` becomes nonzero if one is not a hex digit.
static inline refold_bytes16 refold_hex_values(refold_bytes16 text, refold_bytes16 *_Nonnull wrong) {
  refold_bytes16 beyond_decimal = __builtin_elementwise_sub_sat(text - (uint8_t)'0', (refold_bytes16)(uint8_t)9);
  refold_bytes16 beyond_letter =
      __builtin_elementwise_sub_sat((text | (uint8_t)0x20) - (uint8_t)'a', (refold_bytes16)(uint8_t)5);
  *wrong |= __builtin_elementwise_min(beyond_decimal, beyond_letter);
  refold_bytes16 is_letter = (refold_bytes16)(beyond_letter == (uint8_t)0);
  return (text & (uint8_t)0x0F) + (is_letter & (uint8_t)9);
}

/// Reads 36 bytes, 8-4-4-4-12 hex digits of either case; the bytes between the groups are not checked.
static inline refold_uuid refold_read_uuid(const uint8_t *_Nonnull text) {
  refold_bytes16 first = (refold_bytes16)(refold_words2){
      refold_load(text, 8), refold_load(text + 9, 4) | refold_load(text + 14, 4) << 32};
  refold_bytes16 second = (refold_bytes16)(refold_words2){
      refold_load(text + 19, 4) | refold_load(text + 24, 4) << 32, refold_load(text + 28, 8)};
  refold_bytes16 wrong = (refold_bytes16)(uint8_t)0;
  refold_shorts8 a = (refold_shorts8)refold_hex_values(first, &wrong);
  refold_shorts8 b = (refold_shorts8)refold_hex_values(second, &wrong);
  // The first digit of each pair is the high one, but it is in the low byte.
  refold_bytes16 pairs_a = (refold_bytes16)(a << 4 | a >> 8), pairs_b = (refold_bytes16)(b << 4 | b >> 8);
  refold_words2 bytes = (refold_words2)__builtin_shufflevector(
      pairs_a, pairs_b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  refold_words2 all_wrong = (refold_words2)wrong;
  return (refold_uuid){bytes[0], bytes[1], (all_wrong[0] | all_wrong[1]) == 0};
}

#endif
