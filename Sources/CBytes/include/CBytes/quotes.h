#ifndef REFOLD_QUOTES_H
#define REFOLD_QUOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Whether ``refold_unquote`` works on this machine.
bool refold_can_unquote(void);

/// Copies the value of a quoted field of CSV, from behind its opening quote on, a pair of quotes as one. Returns the offset
/// of the closing quote, and the value's length; -1 when there is none in `count` bytes.
///
/// 64 bytes must be readable behind `count`, and writable behind the value.
ptrdiff_t refold_unquote(
    const uint8_t *_Nonnull text, size_t count, uint8_t *_Nonnull value, size_t *_Nonnull length);

#endif
