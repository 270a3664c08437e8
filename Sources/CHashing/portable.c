// The three functions as their standards write them, for any machine.
#include "blocks.h"

const uint32_t refold_sha256_constants[64] = {
    0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5,
    0xD807AA98, 0x12835B01, 0x243185BE, 0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174,
    0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA, 0x5CB0A9DC, 0x76F988DA,
    0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967,
    0x27B70A85, 0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85,
    0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3, 0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070,
    0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F, 0x682E6FF3,
    0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
};

static uint32_t chosen(uint32_t x, uint32_t y, uint32_t z) { return (x & y) ^ (~x & z); }
static uint32_t majority(uint32_t x, uint32_t y, uint32_t z) { return (x & y) ^ (x & z) ^ (y & z); }
static uint32_t rotated_right(uint32_t x, int bits) { return x >> bits | x << (32 - bits); }

void refold_sha256_blocks(uint32_t *state, const uint8_t *block, size_t count) {
  for (; count > 0; count--, block += 64) {
    uint32_t w[64];
    for (int t = 0; t < 16; t++) w[t] = big_endian(block + 4 * t);
    for (int t = 16; t < 64; t++) {
      uint32_t x = w[t - 15], y = w[t - 2];
      w[t] = (rotated_right(y, 17) ^ rotated_right(y, 19) ^ y >> 10) + w[t - 7]
          + (rotated_right(x, 7) ^ rotated_right(x, 18) ^ x >> 3) + w[t - 16];
    }
    uint32_t v[8];
    memcpy(v, state, sizeof v);
    // Round t takes word i of the standard from v[(i - t) % 8], so that no word moves.
    for (int eight = 0; eight < 64; eight += 8) {
#pragma clang loop unroll(full)
      for (int r = 0; r < 8; r++) {
        uint32_t a = v[(8 - r) % 8], b = v[(9 - r) % 8], c = v[(10 - r) % 8];
        uint32_t e = v[(12 - r) % 8], f = v[(13 - r) % 8], g = v[(14 - r) % 8];
        uint32_t first = v[(15 - r) % 8] + (rotated_right(e, 6) ^ rotated_right(e, 11) ^ rotated_right(e, 25))
            + chosen(e, f, g) + refold_sha256_constants[eight + r] + w[eight + r];
        v[(11 - r) % 8] += first;
        v[(15 - r) % 8] =
            first + (rotated_right(a, 2) ^ rotated_right(a, 13) ^ rotated_right(a, 22)) + majority(a, b, c);
      }
    }
    for (int i = 0; i < 8; i++) state[i] += v[i];
  }
}

void refold_sha1_blocks(uint32_t *state, const uint8_t *block, size_t count) {
  for (; count > 0; count--, block += 64) {
    uint32_t w[80];
    for (int t = 0; t < 16; t++) w[t] = big_endian(block + 4 * t);
    for (int t = 16; t < 80; t++) w[t] = rotated_left(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (int t = 0; t < 80; t++) {
      uint32_t mixed = t < 20 ? chosen(b, c, d) + 0x5A827999
          : t < 40            ? (b ^ c ^ d) + 0x6ED9EBA1
          : t < 60            ? majority(b, c, d) + 0x8F1BBCDC
                              : (b ^ c ^ d) + 0xCA62C1D6;
      uint32_t next = rotated_left(a, 5) + mixed + e + w[t];
      e = d;
      d = c;
      c = rotated_left(b, 30);
      b = a;
      a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
  }
}

/// RFC 1321, 3.4: the integer part of 2³² × |sin(t + 1)|.
static const uint32_t md5_constants[64] = {
    0xD76AA478, 0xE8C7B756, 0x242070DB, 0xC1BDCEEE, 0xF57C0FAF, 0x4787C62A, 0xA8304613, 0xFD469501,
    0x698098D8, 0x8B44F7AF, 0xFFFF5BB1, 0x895CD7BE, 0x6B901122, 0xFD987193, 0xA679438E, 0x49B40821,
    0xF61E2562, 0xC040B340, 0x265E5A51, 0xE9B6C7AA, 0xD62F105D, 0x02441453, 0xD8A1E681, 0xE7D3FBC8,
    0x21E1CDE6, 0xC33707D6, 0xF4D50D87, 0x455A14ED, 0xA9E3E905, 0xFCEFA3F8, 0x676F02D9, 0x8D2A4C8A,
    0xFFFA3942, 0x8771F681, 0x6D9D6122, 0xFDE5380C, 0xA4BEEA44, 0x4BDECFA9, 0xF6BB4B60, 0xBEBFBC70,
    0x289B7EC6, 0xEAA127FA, 0xD4EF3085, 0x04881D05, 0xD9D4D039, 0xE6DB99E5, 0x1FA27CF8, 0xC4AC5665,
    0xF4292244, 0x432AFF97, 0xAB9423A7, 0xFC93A039, 0x655B59C3, 0x8F0CCC92, 0xFFEFF47D, 0x85845DD1,
    0x6FA87E4F, 0xFE2CE6E0, 0xA3014314, 0x4E0811A1, 0xF7537E82, 0xBD3AF235, 0x2AD7D2BB, 0xEB86D391,
};

void refold_md5_blocks(uint32_t *state, const uint8_t *block, size_t count) {
  static const int shifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
  for (; count > 0; count--, block += 64) {
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    for (int t = 0; t < 64; t++) {
      int round = t / 16;
      uint32_t mixed = round == 0 ? chosen(b, c, d) : round == 1 ? chosen(d, b, c) : round == 2 ? b ^ c ^ d : c ^ (b | ~d);
      int word = round == 0 ? t : round == 1 ? 5 * t + 1 : round == 2 ? 3 * t + 5 : 7 * t;
      uint32_t next = b + rotated_left(a + mixed + md5_constants[t] + little_endian(block + 4 * (word % 16)), shifts[round][t % 4]);
      a = d;
      d = c;
      c = b;
      b = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
  }
}
