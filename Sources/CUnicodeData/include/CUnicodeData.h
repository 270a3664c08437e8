#ifndef C_UNICODE_DATA_H
#define C_UNICODE_DATA_H

#include <stdint.h>

/// Properties of a Unicode 15.0 code point, as far as Python's str methods use them.
enum {
  /// Derived property Cased (DerivedCoreProperties.txt).
  CUD_CASED = 1,
  /// Derived property Case_Ignorable.
  CUD_CASE_IGNORABLE = 2,
  /// Numeric_Type Decimal or Digit: `str.isdigit`.
  CUD_DIGIT = 4,
  /// Any category except Cc Cf Cs Co Cn Zl Zp Zs; the space counts as printable.
  CUD_PRINTABLE = 8,
  /// The full lower-case mapping is longer than one code point (U+0130 alone).
  CUD_LONG_LOWER = 16,
};

typedef struct {
  /// Number to add for the (simple) lower-case mapping, 0 if there is none.
  int32_t lower_delta;
  /// Union of the CUD_ flags.
  uint8_t flags;
  /// Value of a decimal digit (category Nd), -1 for everything else.
  int8_t decimal;
} cud_record;

/// The record of a code point; above U+10FFFF that of an unassigned one. O(1): two table look-ups.
cud_record cud_lookup(uint32_t scalar);

/// The C library's pow(base, 2). The exponent is read from volatile storage, so that no compiler replaces the call with
/// a multiplication, which may round differently.
double cud_pow_two(double base);

#endif
