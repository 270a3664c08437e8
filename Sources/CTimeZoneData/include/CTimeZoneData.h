#ifndef CTIMEZONEDATA_H
#define CTIMEZONEDATA_H

#include <stddef.h>

/// The bytes of tzdb.bin, whose layout generate.py describes, at an address that is a multiple of 8.
extern const unsigned char refold_tzdb[];
extern const size_t refold_tzdb_length;

/// The first byte of the embedded time zone database; valid for as long as the process runs, never written.
static inline const void *_Nonnull refold_tzdb_bytes(void) { return refold_tzdb; }

/// Number of bytes.
static inline size_t refold_tzdb_count(void) { return refold_tzdb_length; }

#endif
