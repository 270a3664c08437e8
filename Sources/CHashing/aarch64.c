// SHA-1 and SHA-256 with the cryptographic extensions of aarch64. Four rounds are one step; the message's next four words
// replace those that the step used.
#ifdef __aarch64__
#include "blocks.h"
#include <arm_neon.h>
#ifdef __linux__
#include <sys/auxv.h>
#endif

#define SHA2 __attribute__((target("sha2")))

bool refold_hash_has_instructions(refold_hash_function function) {
#ifdef __linux__
  // HWCAP_SHA1 and HWCAP_SHA2 of the kernel.
  switch (function) {
  case refold_md5: return false;
  case refold_sha1: return getauxval(AT_HWCAP) & 1ul << 5;
  case refold_sha256: return getauxval(AT_HWCAP) & 1ul << 6;
  }
  __builtin_unreachable();
#elif defined(__APPLE__)
  // Every such machine of Apple's has them.
  return function != refold_md5;
#else
  (void)function;
  return false;
#endif
}

/// Sixteen bytes of the message as words of this machine.
static inline uint32x4_t words(const uint8_t *bytes) { return vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(bytes))); }

SHA2 void refold_sha256_blocks_fast(uint32_t *state, const uint8_t *block, size_t count) {
  uint32x4_t abcd = vld1q_u32(state), efgh = vld1q_u32(state + 4);
  for (; count > 0; count--, block += 64) {
    const uint32x4_t first = abcd, second = efgh;
    uint32x4_t w[4];
    for (int i = 0; i < 4; i++) w[i] = words(block + 16 * i);
#pragma clang loop unroll(full)
    for (int step = 0; step < 16; step++) {
      uint32x4_t sum = vaddq_u32(w[step % 4], vld1q_u32(refold_sha256_constants + 4 * step));
      uint32x4_t before = abcd;
      abcd = vsha256hq_u32(abcd, efgh, sum);
      efgh = vsha256h2q_u32(efgh, before, sum);
      if (step >= 12) continue;
      w[step % 4] = vsha256su1q_u32(
          vsha256su0q_u32(w[step % 4], w[(step + 1) % 4]), w[(step + 2) % 4], w[(step + 3) % 4]);
    }
    abcd = vaddq_u32(abcd, first);
    efgh = vaddq_u32(efgh, second);
  }
  vst1q_u32(state, abcd);
  vst1q_u32(state + 4, efgh);
}

SHA2 void refold_sha1_blocks_fast(uint32_t *state, const uint8_t *block, size_t count) {
  static const uint32_t constants[4] = {0x5A827999, 0x6ED9EBA1, 0x8F1BBCDC, 0xCA62C1D6};
  uint32x4_t abcd = vld1q_u32(state);
  uint32_t e = state[4];
  for (; count > 0; count--, block += 64) {
    const uint32x4_t first = abcd;
    const uint32_t second = e;
    uint32x4_t w[4];
    for (int i = 0; i < 4; i++) w[i] = words(block + 16 * i);
#pragma clang loop unroll(full)
    for (int step = 0; step < 20; step++) {
      uint32x4_t sum = vaddq_u32(w[step % 4], vdupq_n_u32(constants[step / 5]));
      uint32_t next = vsha1h_u32(vgetq_lane_u32(abcd, 0));
      switch (step / 5) {
      case 0: abcd = vsha1cq_u32(abcd, e, sum); break;
      case 2: abcd = vsha1mq_u32(abcd, e, sum); break;
      default: abcd = vsha1pq_u32(abcd, e, sum); break;
      }
      e = next;
      if (step < 16)
        w[step % 4] =
            vsha1su1q_u32(vsha1su0q_u32(w[step % 4], w[(step + 1) % 4], w[(step + 2) % 4]), w[(step + 3) % 4]);
    }
    abcd = vaddq_u32(abcd, first);
    e += second;
  }
  vst1q_u32(state, abcd);
  state[4] = e;
}
#endif
