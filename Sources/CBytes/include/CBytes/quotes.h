#ifndef REFOLD_QUOTES_H
#define REFOLD_QUOTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Whether ``refold_unquote`` works on this machine.
bool refold_can_unquote(void);

/// Copies the value of a quoted CSV field, from after its opening quote on, with each pair of quotes as one quote.
/// Returns the offset of the closing quote, and the value's length; -1 if there is none in `count` bytes.
///
/// 64 bytes must be readable after `count`, and writable after the value.
ptrdiff_t refold_unquote(
    const uint8_t *_Nonnull text, size_t count, uint8_t *_Nonnull value, size_t *_Nonnull length);

#endif
