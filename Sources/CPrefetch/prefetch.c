#include "tarn_prefetch.h"

#include <stdint.h>
#include <sys/mman.h>

int tarn_advise_huge_pages(void *address, size_t bytes) {
#ifdef MADV_HUGEPAGE
  // madvise wants a page boundary: trim the range to the whole 2 MiB pages inside it.
  const uintptr_t huge = (uintptr_t)2 << 20;
  uintptr_t first = ((uintptr_t)address + huge - 1) & ~(huge - 1);
  uintptr_t last = ((uintptr_t)address + bytes) & ~(huge - 1);
  return first < last ? madvise((void *)first, last - first, MADV_HUGEPAGE) : 0;
#else
  (void)address, (void)bytes;
  return -1;
#endif
}
