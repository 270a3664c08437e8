// SHA-1 and SHA-256 with the SHA instructions of x86-64. Four rounds are one step; the message's next four words replace
// those that the step used.
#ifdef __x86_64__
#include "blocks.h"
#include <cpuid.h>
#include <immintrin.h>

#define SHA __attribute__((target("sha,sse4.1,ssse3")))

bool refold_hash_has_instructions(refold_hash_function function) {
  unsigned a, b, c, d;
  // Leaf 1, ECX: SSSE3 is bit 9, SSE4.1 is bit 19. Leaf 7, EBX: SHA is bit 29.
  if (function == refold_md5 || !__get_cpuid(1, &a, &b, &c, &d) || !(c & 1u << 9) || !(c & 1u << 19)) return false;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & 1u << 29);
}

/// Sixteen bytes of the message as words of this machine; `order` says where each byte goes.
SHA static inline __m128i words(const uint8_t *bytes, __m128i order) {
  return _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)bytes), order);
}

SHA void refold_sha256_blocks_fast(uint32_t *state, const uint8_t *block, size_t count) {
  const __m128i order = _mm_set_epi64x(0x0C0D0E0F08090A0B, 0x0405060700010203);
  // The instructions keep the state as the words a, b, e, f and c, d, g, h, highest first.
  __m128i abcd = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xB1);
  __m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1B);
  __m128i abef = _mm_alignr_epi8(abcd, efgh, 8), cdgh = _mm_blend_epi16(efgh, abcd, 0xF0);
  for (; count > 0; count--, block += 64) {
    const __m128i first = abef, second = cdgh;
    __m128i w[4];
    for (int i = 0; i < 4; i++) w[i] = words(block + 16 * i, order);
#pragma clang loop unroll(full)
    for (int step = 0; step < 16; step++) {
      __m128i sum = _mm_add_epi32(
          w[step % 4], _mm_loadu_si128((const __m128i *)(refold_sha256_constants + 4 * step)));
      cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
      abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0E));
      if (step >= 12) continue;
      __m128i next = _mm_sha256msg1_epu32(w[step % 4], w[(step + 1) % 4]);
      next = _mm_add_epi32(next, _mm_alignr_epi8(w[(step + 3) % 4], w[(step + 2) % 4], 4));
      w[step % 4] = _mm_sha256msg2_epu32(next, w[(step + 3) % 4]);
    }
    abef = _mm_add_epi32(abef, first);
    cdgh = _mm_add_epi32(cdgh, second);
  }
  __m128i feba = _mm_shuffle_epi32(abef, 0x1B), dchg = _mm_shuffle_epi32(cdgh, 0xB1);
  _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(feba, dchg, 0xF0));
  _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

/// Five steps of SHA-1 with one of its four functions, a constant of the instruction.
#define SHA1_STEPS(number)                                                                  \
  _Pragma("clang loop unroll(full)") for (int step = 5 * number; step < 5 * number + 5; step++) { \
    __m128i sum = step == 0 ? _mm_add_epi32(e, w[0]) : _mm_sha1nexte_epu32(e, w[step % 4]); \
    e = abcd;                                                                               \
    abcd = _mm_sha1rnds4_epu32(abcd, sum, number);                                          \
    if (step < 16) {                                                                        \
      __m128i next = _mm_sha1msg1_epu32(w[step % 4], w[(step + 1) % 4]);                    \
      next = _mm_xor_si128(next, w[(step + 2) % 4]);                                        \
      w[step % 4] = _mm_sha1msg2_epu32(next, w[(step + 3) % 4]);                            \
    }                                                                                       \
  }

SHA void refold_sha1_blocks_fast(uint32_t *state, const uint8_t *block, size_t count) {
  const __m128i order = _mm_set_epi64x(0x0001020304050607, 0x08090A0B0C0D0E0F);
  __m128i abcd = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0x1B);
  __m128i e = _mm_set_epi32((int)state[4], 0, 0, 0);
  for (; count > 0; count--, block += 64) {
    const __m128i first = abcd, second = e;
    __m128i w[4];
    for (int i = 0; i < 4; i++) w[i] = words(block + 16 * i, order);
    SHA1_STEPS(0)
    SHA1_STEPS(1)
    SHA1_STEPS(2)
    SHA1_STEPS(3)
    e = _mm_sha1nexte_epu32(e, second);
    abcd = _mm_add_epi32(abcd, first);
  }
  _mm_storeu_si128((__m128i *)state, _mm_shuffle_epi32(abcd, 0x1B));
  state[4] = (uint32_t)_mm_extract_epi32(e, 3);
}
#endif
