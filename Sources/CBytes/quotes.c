#include "targets.h"

#ifdef __x86_64__

bool refold_can_unquote(void) { return has_avx512(); }

// 64 bytes at a time. Inside the field, an odd quote (the first, third ...) begins a pair or closes the field; an even
// one ends a pair and is dropped. An odd quote that is not followed by a quote closes the field.
AVX512 ptrdiff_t refold_unquote(const uint8_t *text, size_t count, uint8_t *value, size_t *length) {
  const __m512i quote = _mm512_set1_epi8('"');
  uint8_t *out = value;
  uint64_t odd_before = 0;
  for (size_t start = 0; start < count; start += 64) {
    __m512i block = _mm512_loadu_si512(text + start);
    uint64_t quotes = _mm512_cmpeq_epi8_mask(block, quote);
    uint64_t follows = 0;
    if (count - start <= 64) {
      if (count - start < 64) quotes &= ((uint64_t)1 << (count - start)) - 1;
    } else {
      follows = (uint64_t)(text[start + 64] == '"') << 63;
    }
    uint64_t odd = refold_parities(quotes) ^ odd_before;
    uint64_t keep = ~(quotes & ~odd);
    uint64_t closing = quotes & odd & ~(quotes >> 1 | follows);
    if (closing != 0) keep &= (closing & -closing) - 1;
    _mm512_storeu_si512(out, _mm512_maskz_compress_epi8(keep, block));
    out += __builtin_popcountll(keep);
    if (closing != 0) {
      *length = (size_t)(out - value);
      return (ptrdiff_t)(start + (size_t)__builtin_ctzll(closing));
    }
    odd_before = (uint64_t)((int64_t)odd >> 63);
  }
  return -1;
}

#else

bool refold_can_unquote(void) { return false; }

ptrdiff_t refold_unquote(const uint8_t *text, size_t count, uint8_t *value, size_t *length) {
  (void)text, (void)count, (void)value, (void)length;
  return -1;
}

#endif
