#include "CUnicodeData.h"

#include <math.h>

#include "tables.inc"

cud_record cud_lookup(uint32_t scalar) {
  if (scalar > 0x10FFFF) return (cud_record){0, 0, -1};
  uint32_t block = cud_blocks[scalar >> CUD_SHIFT];
  return cud_records[cud_entries[(block << CUD_SHIFT) | (scalar & ((1u << CUD_SHIFT) - 1))]];
}

static volatile const double cud_two = 2.0;

double cud_pow_two(double base) { return pow(base, cud_two); }
