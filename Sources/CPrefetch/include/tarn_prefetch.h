#ifndef TARN_PREFETCH_H
#define TARN_PREFETCH_H

#include <stddef.h>

/// Asks the processor to bring the cache line at `address` closer; never faults.
static inline void tarn_prefetch(const void *address) { __builtin_prefetch(address, 1, 3); }

/// Asks the kernel to back `bytes` bytes at `address` with huge pages; 0 if it agreed.
int tarn_advise_huge_pages(void *address, size_t bytes);

#endif
