#include "tarn_jemalloc.h"

#if !__has_include(<jemalloc/jemalloc.h>)
#error "jemalloc is missing: apt-get install libjemalloc-dev"
#endif
#include <jemalloc/jemalloc.h>
#include <stddef.h>

// Huge pages for the heap: a simulation walks gigabytes at random, and a node's slabs are large.
// An operator's MALLOC_CONF overrides it.
const char *malloc_conf = "thp:always,metadata_thp:auto";

const char *tarn_jemalloc_version(void) {
  const char *version = "";
  size_t size = sizeof version;
  return mallctl("version", &version, &size, NULL, 0) == 0 ? version : "unknown";
}

uint64_t tarn_jemalloc_allocated_bytes(void) {
  uint64_t epoch = 1;
  size_t size = sizeof epoch;
  mallctl("epoch", &epoch, &size, &epoch, sizeof epoch);
  size_t allocated = 0;
  size = sizeof allocated;
  return mallctl("stats.allocated", &allocated, &size, NULL, 0) == 0 ? allocated : 0;
}

uint64_t tarn_jemalloc_thread_allocated_bytes(void) {
  uint64_t allocated = 0;
  size_t size = sizeof allocated;
  return mallctl("thread.allocated", &allocated, &size, NULL, 0) == 0 ? allocated : 0;
}
