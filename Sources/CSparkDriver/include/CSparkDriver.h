#ifndef CSPARKDRIVER_H
#define CSPARKDRIVER_H

#include <stddef.h>

/// The bytes of refold_spark.py; valid for as long as the process runs, never written.
extern const unsigned char refold_spark_driver[];
extern const size_t refold_spark_driver_length;

static inline const void *_Nonnull refold_spark_driver_bytes(void) { return refold_spark_driver; }
static inline size_t refold_spark_driver_count(void) { return refold_spark_driver_length; }

#endif
