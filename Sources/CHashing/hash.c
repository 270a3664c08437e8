#include "blocks.h"

static blocks_function *blocks(const refold_hash *hash) {
  switch (hash->function) {
  case refold_md5: return refold_md5_blocks;
#ifdef REFOLD_HAS_SHA_INSTRUCTIONS
  case refold_sha1: return hash->is_fast ? refold_sha1_blocks_fast : refold_sha1_blocks;
  case refold_sha256: return hash->is_fast ? refold_sha256_blocks_fast : refold_sha256_blocks;
#else
  case refold_sha1: return refold_sha1_blocks;
  case refold_sha256: return refold_sha256_blocks;
#endif
  }
  __builtin_unreachable();
}

refold_hash refold_hash_begin(refold_hash_function function, bool is_fast) {
  // MD5 begins with the first four words of SHA-1.
  static const uint32_t sha1[8] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
  static const uint32_t sha256[8] = {
      0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};
  refold_hash hash = {.function = function, .is_fast = is_fast};
  memcpy(hash.state, function == refold_sha256 ? sha256 : sha1, sizeof hash.state);
  return hash;
}

void refold_hash_add(refold_hash *hash, const void *bytes, size_t count) {
  if (count == 0) return;
  const uint8_t *from = bytes;
  size_t filled = hash->count % 64;
  hash->count += count;
  if (filled > 0) {
    size_t room = 64 - filled;
    if (count < room) {
      memcpy(hash->block + filled, from, count);
      return;
    }
    memcpy(hash->block + filled, from, room);
    blocks(hash)(hash->state, hash->block, 1);
    from += room;
    count -= room;
  }
  if (count >= 64) blocks(hash)(hash->state, from, count / 64);
  memcpy(hash->block, from + count / 64 * 64, count % 64);
}

refold_digest refold_hash_end(refold_hash hash) {
  // A one bit, zeros, and the number of bits in the last eight bytes of a block.
  uint64_t bits = hash.count * 8;
  size_t filled = hash.count % 64;
  uint8_t end[128] = {0};
  size_t count = filled < 56 ? 64 : 128;
  memcpy(end, hash.block, filled);
  end[filled] = 0x80;
  bool is_little = hash.function == refold_md5;
  for (int i = 0; i < 8; i++) end[count - 8 + i] = (uint8_t)(bits >> 8 * (is_little ? i : 7 - i));
  blocks(&hash)(hash.state, end, count / 64);

  refold_digest digest = {{0}};
  int words = hash.function == refold_md5 ? 4 : hash.function == refold_sha1 ? 5 : 8;
  for (int i = 0; i < 4 * words; i++)
    digest.bytes[i] = (uint8_t)(hash.state[i / 4] >> 8 * (is_little ? i % 4 : 3 - i % 4));
  return digest;
}
