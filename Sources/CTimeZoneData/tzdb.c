#include "CTimeZoneData.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

_Alignas(8) const unsigned char refold_tzdb[] = {
#embed "tzdb.bin"
};

const size_t refold_tzdb_length = sizeof refold_tzdb;
