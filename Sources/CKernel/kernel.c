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
#include <sys/uio.h>
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

int tarn_lender_open(int ends[3]) {
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK)) return errno;
  // Room for a megabyte; with the default of 64 KiB it takes more calls.
  fcntl(ends[1], F_SETPIPE_SZ, 1 << 20);
  ends[2] = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (ends[2] >= 0) return 0;
  int code = errno;
  close(ends[0]);
  close(ends[1]);
  return code;
}

static size_t drain(int from, int to, size_t count) {
  size_t moved = 0;
  while (moved < count) {
    ssize_t some = splice(from, NULL, to, NULL, count - moved, SPLICE_F_NONBLOCK);
    if (some <= 0) break;
    moved += (size_t)some;
  }
  return moved;
}

int64_t tarn_lend(const int ends[3], int socket, const void *bytes, size_t count) {
  size_t sent = 0;
  while (sent < count) {
    struct iovec part = {(char *)bytes + sent, count - sent};
    ssize_t lent = vmsplice(ends[1], &part, 1, SPLICE_F_NONBLOCK);
    if (lent <= 0) return lent == 0 || sent > 0 ? (int64_t)sent : -errno;
    size_t took = drain(ends[0], socket, (size_t)lent);
    sent += took;
    if (took < (size_t)lent) {
      drain(ends[0], ends[2], (size_t)lent - took);
      break;
    }
  }
  return (int64_t)sent;
}
