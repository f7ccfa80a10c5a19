#define _GNU_SOURCE
#include "tarn_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// The kernel's interface (openat2(2)), spelled out because linux/openat2.h is missing on old systems.
struct tarn_how {
  uint64_t flags;
  uint64_t mode;
  uint64_t resolve;
};
enum {
  tarn_no_magic_links = 0x02,
  tarn_no_symlinks = 0x04,
  tarn_beneath = 0x08,
  tarn_openat2 = 437,
};

const int tarn_path_only = O_PATH;

// Opens one component after the other and follows no link.
static int open_by_components(int folder, const char *path, int flags, unsigned mode) {
  char name[256];
  int at = folder;
  if (*path == '/' || *path == 0) return errno = EXDEV, -1;
  for (;;) {
    const char *slash = strchrnul(path, '/');
    size_t length = (size_t)(slash - path);
    int next = -1;
    if (length >= sizeof name) {
      errno = ENAMETOOLONG;
    } else if (length == 2 && path[0] == '.' && path[1] == '.') {
      errno = EXDEV;
    } else {
      memcpy(name, path, length);
      name[length] = 0;
      next = *slash ? openat(at, length ? name : ".", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
                    : openat(at, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
    }
    int error = errno;
    if (at != folder) close(at);
    errno = error;
    if (next < 0 || !*slash) return next;
    at = next;
    path = slash + 1;
  }
}

int tarn_open_beneath(int folder, const char *path, int flags, unsigned mode, int follow) {
  static atomic_int is_missing = 0;
  struct tarn_how how = {
      .flags = (uint64_t)(unsigned)(flags | O_CLOEXEC),
      .mode = flags & O_CREAT ? mode : 0,
      .resolve = tarn_beneath | (follow ? tarn_no_magic_links : tarn_no_symlinks),
  };
  // EAGAIN says that a rename elsewhere came between; a few tries end that.
  for (int tries = 0; tries < 64 && !atomic_load_explicit(&is_missing, memory_order_relaxed); tries++) {
    int file = (int)syscall(tarn_openat2, folder, path, &how, sizeof how);
    if (file >= 0) return file;
    if (errno == ENOSYS) atomic_store_explicit(&is_missing, 1, memory_order_relaxed);
    else if (errno != EAGAIN && errno != EINTR) return -1;
  }
  return open_by_components(folder, path, flags, mode);
}

int64_t tarn_copy_range(int from, int64_t offset, int to, int64_t count) {
  int64_t done = 0;
  off_t at = offset;
  while (done < count) {
    ssize_t copied = copy_file_range(from, &at, to, NULL, (size_t)(count - done), 0);
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0) break;
    if (copied == 0) return done;
    done += copied;
  }
  if (done == count) return done;
  // Other file systems, or a kernel that cannot: by way of a buffer.
  if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) return -1;
  char buffer[1 << 16];
  while (done < count) {
    size_t want = count - done < (int64_t)sizeof buffer ? (size_t)(count - done) : sizeof buffer;
    ssize_t got = pread(from, buffer, want, offset + done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) return done;
    for (ssize_t put = 0; put < got;) {
      ssize_t wrote = write(to, buffer + put, (size_t)(got - put));
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) return -1;
      put += wrote;
    }
    done += got;
  }
  return done;
}

const char *tarn_entry_name(const struct dirent *entry) { return entry->d_name; }
