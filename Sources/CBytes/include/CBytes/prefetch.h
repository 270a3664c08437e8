#ifndef REFOLD_PREFETCH_H
#define REFOLD_PREFETCH_H

/// Asks the processor to load the cache line of an address; any address is allowed. Swift cannot express this.
static inline void refold_prefetch(const void *address) { __builtin_prefetch(address); }

#endif
