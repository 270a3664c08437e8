#ifndef REFOLD_HASHING_BLOCKS_H
#define REFOLD_HASHING_BLOCKS_H

#include "CHashing.h"
#include <string.h>

// Each function takes `count` blocks of 64 bytes into the state.
typedef void blocks_function(uint32_t *state, const uint8_t *blocks, size_t count);

blocks_function refold_md5_blocks, refold_sha1_blocks, refold_sha256_blocks;

#if defined(__x86_64__) || defined(__aarch64__)
#define REFOLD_HAS_SHA_INSTRUCTIONS 1
/// Only where `refold_hash_has_instructions` is true.
blocks_function refold_sha1_blocks_fast, refold_sha256_blocks_fast;
#endif

/// FIPS 180-4, 4.2.2.
extern const uint32_t refold_sha256_constants[64];

static inline uint32_t rotated_left(uint32_t x, int bits) { return x << bits | x >> (32 - bits); }

static inline uint32_t big_endian(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static inline uint32_t little_endian(const uint8_t *bytes) {
  return (uint32_t)bytes[3] << 24 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[1] << 8 | bytes[0];
}

#endif
