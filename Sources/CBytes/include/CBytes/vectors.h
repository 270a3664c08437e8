#ifndef REFOLD_VECTORS_H
#define REFOLD_VECTORS_H

#include <stdint.h>
#include <string.h>

// All of this module uses clang's vectors, and takes a vector's first byte as the lowest of an integer.
#if !defined(__clang__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "refold is written for clang and for little-endian machines"
#endif

#define REFOLD_INLINE static inline __attribute__((always_inline))

typedef uint8_t refold_bytes16 __attribute__((ext_vector_type(16)));
typedef uint16_t refold_shorts8 __attribute__((ext_vector_type(8)));
typedef uint64_t refold_words2 __attribute__((ext_vector_type(2)));
typedef uint8_t refold_bytes64 __attribute__((ext_vector_type(64)));
typedef _Bool refold_bits64 __attribute__((ext_vector_type(64)));

/// Bit i is byte i's.
REFOLD_INLINE uint64_t refold_bits_of(refold_bits64 bits) {
  uint64_t word;
  memcpy(&word, &bits, sizeof word);
  return word;
}

/// The bytes for which a comparison of 64 bytes holds; the first is the lowest bit.
#define REFOLD_BITS_WHERE(comparison) refold_bits_of(__builtin_convertvector(comparison, refold_bits64))

/// 64 bytes that all equal `byte`.
#define REFOLD_ALL(byte) ((refold_bytes64)(uint8_t)(byte))

/// Which of 64 bytes equal `wanted`; the first is the lowest bit.
REFOLD_INLINE uint64_t refold_marks(const void *_Nonnull bytes, uint8_t wanted) {
  refold_bytes64 block;
  memcpy(&block, bytes, sizeof block);
  return REFOLD_BITS_WHERE(block == REFOLD_ALL(wanted));
}

/// Which of 64 bytes equal one of three.
REFOLD_INLINE uint64_t refold_marks_of_three(const void *_Nonnull bytes, uint8_t a, uint8_t b, uint8_t c) {
  refold_bytes64 block;
  memcpy(&block, bytes, sizeof block);
  return REFOLD_BITS_WHERE((block == REFOLD_ALL(a)) | (block == REFOLD_ALL(b)) | (block == REFOLD_ALL(c)));
}

/// Sets each bit to the parity of the bits up to and including it.
REFOLD_INLINE uint64_t refold_parities(uint64_t bits) {
  bits ^= bits << 1;
  bits ^= bits << 2;
  bits ^= bits << 4;
  bits ^= bits << 8;
  bits ^= bits << 16;
  bits ^= bits << 32;
  return bits;
}

#endif
