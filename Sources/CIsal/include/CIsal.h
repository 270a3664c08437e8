#pragma once
#include <stddef.h>
#include <stdint.h>

/// Unpacks gzip members with ISA-L, three to four times as fast as zlib.
typedef struct refold_isal refold_isal;

/// What a call of `refold_isal_unpack` came to.
typedef struct {
  /// Bytes taken from the input, and bytes written.
  size_t taken, written;
  /// Whether the member has ended, with the right checksum and length.
  int ended;
  /// What is wrong with the data; NULL if nothing is.
  const char *_Nullable fault;
} refold_isal_step;

/// A new decoder, or NULL if this machine has no ISA-L, refold was built without its headers, or there is no memory.
refold_isal *_Nullable refold_isal_create(void);

void refold_isal_free(refold_isal *_Nonnull decoder);

/// Begins a member. Its header is the next input.
void refold_isal_begin(refold_isal *_Nonnull decoder);

/// Unpacks as much as there is input and room for; each is at most 1 GiB. The decoder may keep unpacked bytes that found
/// no room: they are written by later calls, which may have no input.
refold_isal_step refold_isal_unpack(
    refold_isal *_Nonnull decoder, const void *_Nonnull input, size_t input_count, void *_Nonnull output,
    size_t output_count);
