#ifndef REFOLD_CHASHING_H
#define REFOLD_CHASHING_H

// SHA-256 and SHA-1 (FIPS 180-4) and MD5 (RFC 1321), with the machine's own instructions where it has them.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum __attribute__((enum_extensibility(closed))) : uint8_t {
  refold_md5 __attribute__((swift_name("md5"))),
  refold_sha1 __attribute__((swift_name("sha1"))),
  refold_sha256 __attribute__((swift_name("sha256"))),
} refold_hash_function;

/// A hash of the bytes so far. A copy of it goes on by itself.
typedef struct {
  uint32_t state[8];
  /// Bytes so far.
  uint64_t count;
  /// The last `count % 64` bytes, which fill no block yet.
  uint8_t block[64];
  refold_hash_function function;
  /// Whether the instructions are used.
  bool is_fast;
} refold_hash;

/// Whether this machine has instructions for the function: SHA of x86-64, SHA2 or SHA1 of aarch64. None has any for MD5.
bool refold_hash_has_instructions(refold_hash_function function);

/// The hash of no bytes. `is_fast` must not be true where `refold_hash_has_instructions` is false.
refold_hash refold_hash_begin(refold_hash_function function, bool is_fast);

/// Adds bytes. O(count).
void refold_hash_add(refold_hash *_Nonnull hash, const void *_Nullable bytes, size_t count);

/// The digest of all bytes: 16 bytes of MD5, 20 of SHA-1, 32 of SHA-256; the rest is zero.
typedef struct {
  uint8_t bytes[32];
} refold_digest;

/// The digest of the bytes so far.
refold_digest refold_hash_end(refold_hash hash);

#endif
