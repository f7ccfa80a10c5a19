#ifndef TARN_KERNEL_H
#define TARN_KERNEL_H

#include <stddef.h>
#include <stdint.h>

/// XXH3 with 64 bits of output, seed 0 (Collet, "xxHash fast digest algorithm", version 0.8).
uint64_t tarn_xxh3(const void *bytes, size_t count);

/// Processors that the calling thread may run on, by sched_getaffinity(2); -1 and `errno`.
int tarn_usable_processors(void);

/// XXH3-64 of bytes that come piece by piece: a state that starts empty, NULL without memory.
typedef struct tarn_xxh3_state tarn_xxh3_state;
tarn_xxh3_state *tarn_xxh3_create(void);
void tarn_xxh3_reset(tarn_xxh3_state *state);
void tarn_xxh3_update(tarn_xxh3_state *state, const void *bytes, size_t count);
uint64_t tarn_xxh3_digest(const tarn_xxh3_state *state);
void tarn_xxh3_free(tarn_xxh3_state *state);

/// Makes reads and writes of an open file pass the page cache (O_DIRECT); -1 and `errno`.
int tarn_set_direct(int file);

/// Opens a file for reading and writing past the page cache (O_DIRECT), close-on-exec; makes it if
/// it is not there. -1 and `errno`: EINVAL where the file system can't.
int tarn_open_direct(const char *path);

/// Takes `count` bytes of disk at `offset` for the file, which grows to hold them: 0, or an errno.
/// Where the file system has no `fallocate` (NFS before 4.2, some FUSE) the file only grows.
int tarn_reserve(int file, int64_t offset, int64_t count);

/// An `eventfd(2)` to wake a thread by, close-on-exec, or -1 and `errno`; and what rings it.
int tarn_bell(void);
void tarn_bell_ring(int bell);

/// A pipe for pages on their way to sockets: `ends` for reading, for writing, and one that takes what
/// no socket wants. 0, or an errno.
int tarn_lender_open(int ends[3]);

/// Sends pages by reference instead of a copy (vmsplice(2), splice(2)). The bytes must not change as
/// long as anyone may read them: that ends when their pages are given up. Bytes that the socket took,
/// or a negative errno if the kernel lends nothing.
int64_t tarn_lend(const int ends[3], int socket, const void *bytes, size_t count);

/// Asynchronous file I/O: io_uring (Axboe, "Efficient IO with io_uring", 2019) through liburing.
///
/// One thread opens a ring, and only that thread uses it.
struct tarn_ring;

/// The end of one transfer: bytes transferred, or a negative errno.
struct tarn_ring_end {
  uint64_t tag;
  int32_t result;
};

/// A ring for `depth` transfers at once: 0, or a negative errno (ENOSYS or EPERM where the kernel
/// or its policy refuses).
int tarn_ring_open(unsigned depth, struct tarn_ring **ring);

/// Queues a read into, or a write from, `bytes`; `apart` keeps the kernel from doing it at once in
/// the calling thread. 0, or -EBUSY if the queue is full.
int tarn_ring_read(struct tarn_ring *ring, uint64_t tag, int file, void *bytes, unsigned count,
                   int64_t offset, int apart);
int tarn_ring_write(struct tarn_ring *ring, uint64_t tag, int file, const void *bytes,
                    unsigned count, int64_t offset, int apart);

/// Hands what is queued to the kernel, waits for at least one end and takes up to `most`. Their
/// number, or a negative errno.
int tarn_ring_wait(struct tarn_ring *ring, struct tarn_ring_end *ends, int most);

/// Closes a ring under which nothing is under way.
void tarn_ring_close(struct tarn_ring *ring);

#endif
