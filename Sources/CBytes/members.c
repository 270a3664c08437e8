#include "targets.h"

// A text that holds no backslash: every quote is an end of a string. So a byte is within a string when an odd number of
// quotes is before it, or behind it; and the depth of a byte that is not is the number of containers that are opened
// and not closed before it, or closed and not opened behind it. 64 bytes are looked at at once: bit i is the byte at i.

REFOLD_INLINE uint64_t bits_of(const refold_bytes64 *bytes, uint8_t wanted) {
  return REFOLD_BITS_WHERE(*bytes == REFOLD_ALL(wanted));
}

REFOLD_INLINE int count_of(uint64_t bits) { return __builtin_popcountll(bits); }

/// 64 bytes of the text from there on; what lies outside of it is 0.
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
  // Bytes from the quote before the name to the colon behind it.
  size_t span = length + 2;
  uint64_t within = 0, earlier = 0;
  int depth = 0;
  for (size_t start = 0; start < count; start += 64) {
    refold_bytes64 bytes;
    load(&bytes, text, count, (ptrdiff_t)start);
    if (bits_of(&bytes, '\\') != 0) return -1;
    uint64_t quotes = bits_of(&bytes, '"'), colons = bits_of(&bytes, ':');
    // Brackets and braces differ in this bit alone, and no other byte becomes either.
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
    // The quote before the name.
    uint64_t begins = quotes & strings & (quotes >> (span - 1) | later_quotes << (65 - span))
        & (colons >> span | later_colons << (64 - span));
    for (; begins != 0; begins &= begins - 1) {
      uint64_t before = (begins & -begins) - 1;
      ptrdiff_t at = start + __builtin_ctzll(begins);
      if (depth + count_of(opens & before) - count_of(closes & before) != 1 || memcmp(text + at + 1, name, length) != 0)
        continue;
      // The first of the bytes looked at may be a quote behind a backslash.
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
