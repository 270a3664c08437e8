#ifndef REFOLD_MEMBERS_H
#define REFOLD_MEMBERS_H

#include <stddef.h>
#include <stdint.h>

/// Where the value of the top object's member of that name begins in a JSON text, below 62 bytes of name; -1 where it is
/// not found, also where a backslash or a space is in the way. Looks at the bytes from the front to the member alone.
ptrdiff_t refold_member_from_front(
    const uint8_t *_Nonnull text, size_t count, const uint8_t *_Nonnull name, size_t length);

/// The same, from the back.
ptrdiff_t refold_member_from_back(
    const uint8_t *_Nonnull text, size_t count, const uint8_t *_Nonnull name, size_t length);

#endif
