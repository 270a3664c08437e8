#ifndef REFOLD_CQUOTES_H
#define REFOLD_CQUOTES_H

#include <stddef.h>
#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

// In C because Swift's SIMD types have no way from a mask to the bits of an integer.

/// Which of 64 bytes equal `wanted`, the first in the lowest bit.
static inline __attribute__((always_inline)) uint64_t refold_marks(const void *_Nonnull bytes, uint8_t wanted) {
  uint64_t bits = 0;
#ifdef __SSE2__
  const __m128i same = _mm_set1_epi8((char)wanted);
  for (int part = 0; part < 4; part++) {
    __m128i block = _mm_loadu_si128((const __m128i *)bytes + part);
    bits |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block, same)) << 16 * part;
  }
#else
  for (int at = 0; at < 64; at++) bits |= (uint64_t)(((const uint8_t *)bytes)[at] == wanted) << at;
#endif
  return bits;
}

/// Which of 64 bytes equal one of three.
static inline __attribute__((always_inline)) uint64_t refold_marks_of_three(
    const void *_Nonnull bytes, uint8_t a, uint8_t b, uint8_t c) {
#ifdef __SSE2__
  uint64_t bits = 0;
  for (int part = 0; part < 4; part++) {
    __m128i block = _mm_loadu_si128((const __m128i *)bytes + part);
    __m128i same = _mm_or_si128(
        _mm_or_si128(_mm_cmpeq_epi8(block, _mm_set1_epi8((char)a)), _mm_cmpeq_epi8(block, _mm_set1_epi8((char)b))),
        _mm_cmpeq_epi8(block, _mm_set1_epi8((char)c)));
    bits |= (uint64_t)(uint32_t)_mm_movemask_epi8(same) << 16 * part;
  }
  return bits;
#else
  return refold_marks(bytes, a) | refold_marks(bytes, b) | refold_marks(bytes, c);
#endif
}

/// Whether ``refold_unquote`` works on this machine.
int refold_can_unquote(void);

/// Copies the value of a quoted field of CSV, from behind its opening quote on, a pair of quotes as one. Returns the offset
/// of the closing quote, and the value's length; -1 when there is none in `count` bytes.
///
/// 64 bytes must be readable behind `count`, and writable behind the value.
ptrdiff_t refold_unquote(
    const uint8_t *_Nonnull text, size_t count, uint8_t *_Nonnull value, size_t *_Nonnull length);

#endif
