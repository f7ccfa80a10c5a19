#ifndef TARN_KERNEL_H
#define TARN_KERNEL_H

#include <stddef.h>
#include <stdint.h>

/// XXH3 with 64 bits of output, seed 0 (Collet, "xxHash fast digest algorithm", version 0.8).
uint64_t tarn_xxh3(const void *bytes, size_t count);

/// Processors that the calling thread may run on, by sched_getaffinity(2); -1 and `errno`.
int tarn_usable_processors(void);

/// Makes reads and writes of an open file pass the page cache (O_DIRECT); -1 and `errno`.
int tarn_set_direct(int file);

/// A file in memory that has no name on disk: `memfd_create(2)` with close-on-exec; -1 and `errno`.
int tarn_memfd(const char *name);

/// Gives the pages of `count` bytes at `offset` of the file back to the kernel; they read as zero.
int tarn_punch_hole(int file, int64_t offset, int64_t count);

#endif
