#ifndef REFOLD_PREFETCH_H
#define REFOLD_PREFETCH_H

/// Asks the processor to bring the cache line of an address near; any address will do. Swift has no word for it.
static inline void refold_prefetch(const void *address) { __builtin_prefetch(address); }

#endif
