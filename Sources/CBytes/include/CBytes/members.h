#ifndef REFOLD_MEMBERS_H
#define REFOLD_MEMBERS_H

#include <stddef.h>
#include <stdint.h>

/// Offset of the value of a member of a JSON text's top object, for names of fewer than 62 bytes; -1 if it is not
/// found, also if a backslash or a space is in the way. Reads only the bytes from the front to the member.
ptrdiff_t refold_member_from_front(
    const uint8_t *_Nonnull text, size_t count, const uint8_t *_Nonnull name, size_t length);

/// The same, from the back.
ptrdiff_t refold_member_from_back(
    const uint8_t *_Nonnull text, size_t count, const uint8_t *_Nonnull name, size_t length);

#endif
