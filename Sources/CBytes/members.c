#include "targets.h"

// The text holds no backslash, so every quote begins or ends a string. A byte is inside a string if an odd number of
// quotes precede it, or follow it. The depth of a byte outside strings is the number of containers opened and not
// closed before it, or closed and not opened after it. 64 bytes are processed at a time: bit i of a mask is byte i.

REFOLD_INLINE uint64_t bits_of(const refold_bytes64 *bytes, uint8_t wanted) {
  return REFOLD_BITS_WHERE(*bytes == REFOLD_ALL(wanted));
}

REFOLD_INLINE int count_of(uint64_t bits) { return __builtin_popcountll(bits); }

/// Loads 64 bytes of the text from `from` on; bytes outside the text are 0.
REFOLD_INLINE void load(refold_bytes64 *bytes, const uint8_t *text, size_t count, ptrdiff_t from) {
  if (from >= 0 && (size_t)from + 64 <= count) {
    memcpy(bytes, text + from, 64);
    return;
  }
  uint8_t part[64] = {0};
  size_t outside = from < 0 ? (size_t)-from : 0;
  size_t first = from < 0 ? 0 : (size_t)from;
  size_t end = (size_t)(from + 64) < count ? (size_t)(from + 64) : count;
  memcpy(part + outside, text + first, end - first);
  memcpy(bytes, part, 64);
}

REFOLD_INLINE ptrdiff_t from_front(const uint8_t *text, size_t count, const uint8_t *name, size_t length) {
  // Distance from the quote before the name to the colon after it.
  size_t span = length + 2;
  uint64_t within = 0, earlier = 0;
  int depth = 0;
  for (size_t start = 0; start < count; start += 64) {
    refold_bytes64 bytes;
    load(&bytes, text, count, (ptrdiff_t)start);
    if (bits_of(&bytes, '\\') != 0) return -1;
    uint64_t quotes = bits_of(&bytes, '"'), colons = bits_of(&bytes, ':');
    // An opening bracket and brace differ only in this bit, as do the closing ones, and no other byte becomes one.
    bytes |= REFOLD_ALL(0x20);
    uint64_t strings = refold_parities(quotes) ^ within;
    uint64_t opens = bits_of(&bytes, '{') & ~strings, closes = bits_of(&bytes, '}') & ~strings;
    uint64_t ends = colons & ~strings & (quotes << 1 | earlier >> 63) & (quotes << span | earlier >> (64 - span));
    for (; ends != 0; ends &= ends - 1) {
      uint64_t before = (ends & -ends) - 1;
      size_t at = start + (size_t)__builtin_ctzll(ends);
      if (depth + count_of(opens & before) - count_of(closes & before) == 1
          && memcmp(text + at - 1 - length, name, length) == 0)
        return (ptrdiff_t)at + 1;
    }
    depth += count_of(opens) - count_of(closes);
    within = -(strings >> 63);
    earlier = quotes;
  }
  return -1;
}

REFOLD_INLINE ptrdiff_t from_back(const uint8_t *text, size_t count, const uint8_t *name, size_t length) {
  size_t span = length + 2;
  uint64_t odd = 0, later_quotes = 0, later_colons = 0;
  int depth = 0;
  for (ptrdiff_t start = (ptrdiff_t)count - 64; start > -64; start -= 64) {
    refold_bytes64 bytes;
    load(&bytes, text, count, start);
    if (bits_of(&bytes, '\\') != 0) return -1;
    uint64_t quotes = bits_of(&bytes, '"'), colons = bits_of(&bytes, ':');
    bytes |= REFOLD_ALL(0x20);
    uint64_t strings = refold_parities(quotes);
    odd ^= -(strings >> 63);
    strings ^= odd;
    uint64_t opens = bits_of(&bytes, '{') & ~strings, closes = bits_of(&bytes, '}') & ~strings;
    depth += count_of(closes) - count_of(opens);
    // The quotes before names of this length.
    uint64_t begins = quotes & strings & (quotes >> (span - 1) | later_quotes << (65 - span))
        & (colons >> span | later_colons << (64 - span));
    for (; begins != 0; begins &= begins - 1) {
      uint64_t before = (begins & -begins) - 1;
      ptrdiff_t at = start + __builtin_ctzll(begins);
      if (depth + count_of(opens & before) - count_of(closes & before) != 1 || memcmp(text + at + 1, name, length) != 0)
        continue;
      // The first byte of the block may be a quote after a backslash.
      if (at == start && at > 0 && text[at - 1] == '\\') return -1;
      return at + (ptrdiff_t)length + 3;
    }
    later_quotes = quotes;
    later_colons = colons;
  }
  return -1;
}

#ifdef __x86_64__
AVX2 static ptrdiff_t avx2_from_front(const uint8_t *text, size_t count, const uint8_t *name, size_t length) {
  return from_front(text, count, name, length);
}

AVX2 static ptrdiff_t avx2_from_back(const uint8_t *text, size_t count, const uint8_t *name, size_t length) {
  return from_back(text, count, name, length);
}
#endif

ptrdiff_t refold_member_from_front(const uint8_t *text, size_t count, const uint8_t *name, size_t length) {
  if (length == 0 || length > 61) return -1;
#ifdef __x86_64__
  if (has_avx2()) return avx2_from_front(text, count, name, length);
#endif
  return from_front(text, count, name, length);
}

ptrdiff_t refold_member_from_back(const uint8_t *text, size_t count, const uint8_t *name, size_t length) {
  if (length == 0 || length > 61) return -1;
#ifdef __x86_64__
  if (has_avx2()) return avx2_from_back(text, count, name, length);
#endif
  return from_back(text, count, name, length);
}
