#include "targets.h"

// 64 bytes are processed at a time: bit i of a mask is byte i. Each function is written once for all instruction sets;
// only how the bits of a mask become offsets and parities differs.

/// Writes the offsets of set bits from `start` on and returns the place after the last; may write up to 64.
typedef uint32_t *put_offsets(uint32_t *offsets, uint32_t start, uint64_t bits);
/// Sets each bit to the parity of the bits up to and including it.
typedef uint64_t parities(uint64_t bits);

REFOLD_INLINE uint32_t *put_one_by_one(uint32_t *offsets, uint32_t start, uint64_t bits) {
  for (; bits != 0; bits &= bits - 1) *offsets++ = start + (uint32_t)__builtin_ctzll(bits);
  return offsets;
}

REFOLD_INLINE size_t mark_lines(const uint8_t *bytes, size_t count, uint32_t base, uint32_t *offsets, put_offsets put) {
  uint32_t *next = offsets;
  for (size_t start = 0; start < count; start += 64) {
    refold_bytes64 block;
    memcpy(&block, bytes + start, sizeof block);
    uint64_t ends = REFOLD_BITS_WHERE(block == REFOLD_ALL('\n'));
    if (count - start < 64) ends &= ((uint64_t)1 << (count - start)) - 1;
    next = put(next, base + (uint32_t)start, ends);
  }
  return (size_t)(next - offsets);
}

/// The bytes that follow an unescaped backslash.
///
/// `carry`: whether the first byte is escaped; on return, whether the next block's first byte is.
static uint64_t escaped_bits(uint64_t backslashes, uint64_t *carry) {
  uint64_t escaped = *carry;
  *carry = 0;
  backslashes &= ~escaped;
  while (backslashes != 0) {
    uint64_t lowest = backslashes & -backslashes;
    escaped |= lowest << 1;
    *carry = lowest >> 63;
    backslashes &= ~(lowest | lowest << 1);
  }
  return escaped;
}

REFOLD_INLINE refold_strings mark_strings(
    const uint8_t *bytes, size_t count, refold_is_utf8 is_utf8, uint32_t *offsets, uint32_t *escapes, put_offsets put,
    parities parities) {
  uint32_t *next = offsets, *next_escape = escapes;
  // State after the previous block: whether the next byte is escaped, and whether it is inside a string.
  uint64_t escape = 0, inside = 0;
  uint64_t controls_inside = 0;
  // A character can span two blocks only if neither is all ASCII: such blocks are checked together.
  size_t first_not_ascii = count;
  bool is_valid = true;
  for (size_t start = 0; start < count; start += 64) {
    refold_bytes64 block;
    memcpy(&block, bytes + start, sizeof block);
    uint64_t quotes = REFOLD_BITS_WHERE(block == REFOLD_ALL('"'));
    uint64_t backslashes = REFOLD_BITS_WHERE(block == REFOLD_ALL('\\'));
    uint64_t controls = REFOLD_BITS_WHERE(block < REFOLD_ALL(0x20));
    uint64_t not_ascii = REFOLD_BITS_WHERE(block >= REFOLD_ALL(0x80));
    if (count - start < 64) {
      uint64_t held = ((uint64_t)1 << (count - start)) - 1;
      quotes &= held;
      backslashes &= held;
      controls &= held;
      not_ascii &= held;
    }
    if (not_ascii != 0) {
      if (first_not_ascii == count) first_not_ascii = start;
    } else if (first_not_ascii != count) {
      is_valid &= is_utf8(bytes + first_not_ascii, start - first_not_ascii);
      first_not_ascii = count;
    }
    if ((backslashes | escape) != 0) {
      next_escape = put_one_by_one(next_escape, (uint32_t)start, backslashes);
      quotes &= ~escaped_bits(backslashes, &escape);
    }
    uint64_t strings = parities(quotes) ^ inside;
    inside = -(strings >> 63);
    controls_inside |= controls & strings;
    next = put(next, (uint32_t)start, quotes);
  }
  if (first_not_ascii != count) is_valid &= is_utf8(bytes + first_not_ascii, count - first_not_ascii);
  return (refold_strings){
      (size_t)(next - offsets), (size_t)(next_escape - escapes), is_valid && (controls_inside | inside) == 0};
}

// Any machine

static size_t lines_anywhere(const uint8_t *bytes, size_t count, uint32_t base, uint32_t *offsets) {
  return mark_lines(bytes, count, base, offsets, put_one_by_one);
}

static refold_strings strings_anywhere(
    const uint8_t *bytes, size_t count, refold_is_utf8 is_utf8, uint32_t *offsets, uint32_t *escapes) {
  return mark_strings(bytes, count, is_utf8, offsets, escapes, put_one_by_one, refold_parities);
}

#ifdef __x86_64__
// AVX2

/// Writes eight at a time, without a branch for each: their number is hard to predict.
AVX2 REFOLD_INLINE uint32_t *put_by_eight(uint32_t *offsets, uint32_t start, uint64_t bits) {
  uint32_t *end = offsets + __builtin_popcountll(bits);
  while (bits != 0) {
    for (int i = 0; i < 8; i++) {
      offsets[i] = start + (uint32_t)_tzcnt_u64(bits);
      bits &= bits - 1;
    }
    offsets += 8;
  }
  return end;
}

AVX2 REFOLD_INLINE uint64_t multiplied_parities(uint64_t bits) {
  __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)bits), _mm_set1_epi8(-1), 0);
  return (uint64_t)_mm_cvtsi128_si64(product);
}

AVX2 static size_t lines_avx2(const uint8_t *bytes, size_t count, uint32_t base, uint32_t *offsets) {
  return mark_lines(bytes, count, base, offsets, put_by_eight);
}

AVX2 static refold_strings strings_avx2(
    const uint8_t *bytes, size_t count, refold_is_utf8 is_utf8, uint32_t *offsets, uint32_t *escapes) {
  return mark_strings(bytes, count, is_utf8, offsets, escapes, put_by_eight, multiplied_parities);
}

// AVX-512

AVX512 REFOLD_INLINE void put_sixteen(uint32_t *offsets, uint32_t start, __m128i positions) {
  _mm512_storeu_si512(
      offsets, _mm512_add_epi32(_mm512_cvtepu8_epi32(positions), _mm512_set1_epi32((int)start)));
}

AVX512 REFOLD_INLINE uint32_t *put_by_sixteen(uint32_t *offsets, uint32_t start, uint64_t bits) {
  static const uint8_t numbers[64] = {
      0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
      32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
  __m512i positions = _mm512_maskz_compress_epi8(bits, _mm512_loadu_si512(numbers));
  int found = __builtin_popcountll(bits);
  put_sixteen(offsets, start, _mm512_castsi512_si128(positions));
  if (found > 16) {
    put_sixteen(offsets + 16, start, _mm512_extracti32x4_epi32(positions, 1));
    put_sixteen(offsets + 32, start, _mm512_extracti32x4_epi32(positions, 2));
    put_sixteen(offsets + 48, start, _mm512_extracti32x4_epi32(positions, 3));
  }
  return offsets + found;
}

AVX512 static size_t lines_avx512(const uint8_t *bytes, size_t count, uint32_t base, uint32_t *offsets) {
  return mark_lines(bytes, count, base, offsets, put_by_sixteen);
}

AVX512 static refold_strings strings_avx512(
    const uint8_t *bytes, size_t count, refold_is_utf8 is_utf8, uint32_t *offsets, uint32_t *escapes) {
  return mark_strings(bytes, count, is_utf8, offsets, escapes, put_by_sixteen, multiplied_parities);
}
#endif

size_t refold_mark_lines(
    refold_instructions instructions, const uint8_t *bytes, size_t count, uint32_t base, uint32_t *offsets) {
#ifdef __x86_64__
  if (instructions == refold_avx512) return lines_avx512(bytes, count, base, offsets);
  if (instructions == refold_avx2) return lines_avx2(bytes, count, base, offsets);
#endif
  return lines_anywhere(bytes, count, base, offsets);
}

refold_strings refold_mark_strings(
    refold_instructions instructions, const uint8_t *bytes, size_t count, refold_is_utf8 is_utf8, uint32_t *offsets,
    uint32_t *escapes) {
#ifdef __x86_64__
  if (instructions == refold_avx512) return strings_avx512(bytes, count, is_utf8, offsets, escapes);
  if (instructions == refold_avx2) return strings_avx2(bytes, count, is_utf8, offsets, escapes);
#endif
  return strings_anywhere(bytes, count, is_utf8, offsets, escapes);
}
