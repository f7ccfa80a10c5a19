#define _GNU_SOURCE
#if !__has_include(<xxhash.h>)
#error "xxhash.h is missing: install libxxhash-dev (apt-get install libxxhash-dev)"
#endif
#if !__has_include(<liburing.h>)
#error "liburing.h is missing: install liburing-dev (apt-get install liburing-dev)"
#endif
#include "tarn_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

uint64_t tarn_xxh3(const void *bytes, size_t count) { return XXH3_64bits(bytes, count); }

tarn_xxh3_state *tarn_xxh3_create(void) {
  XXH3_state_t *state = XXH3_createState();
  if (state) XXH3_64bits_reset(state);
  return (tarn_xxh3_state *)state;
}

void tarn_xxh3_reset(tarn_xxh3_state *state) { XXH3_64bits_reset((XXH3_state_t *)state); }

void tarn_xxh3_update(tarn_xxh3_state *state, const void *bytes, size_t count) {
  XXH3_64bits_update((XXH3_state_t *)state, bytes, count);
}

uint64_t tarn_xxh3_digest(const tarn_xxh3_state *state) {
  return XXH3_64bits_digest((const XXH3_state_t *)state);
}

void tarn_xxh3_free(tarn_xxh3_state *state) { XXH3_freeState((XXH3_state_t *)state); }

int tarn_open_direct(const char *path) {
  return open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_DIRECT, 0644);
}

int tarn_reserve(int file, int64_t offset, int64_t count) {
  while (fallocate(file, 0, offset, count)) {
    if (errno == EINTR) continue;
    if (errno != EOPNOTSUPP) return errno;
    struct stat status;
    if (fstat(file, &status)) return errno;
    if (status.st_size < offset + count && ftruncate(file, offset + count)) return errno;
    break;
  }
  return 0;
}

int tarn_bell(void) { return eventfd(0, EFD_CLOEXEC); }

void tarn_bell_ring(int bell) { eventfd_write(bell, 1); }
