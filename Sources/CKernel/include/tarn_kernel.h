#ifndef TARN_KERNEL_H
#define TARN_KERNEL_H

#include <stddef.h>
#include <stdint.h>

/// XXH3 with 64 bits of output, seed 0 (Collet, "xxHash fast digest algorithm", version 0.8).
uint64_t tarn_xxh3(const void *bytes, size_t count);

/// XXH3-64 of bytes that come piece by piece: a state that starts empty, NULL without memory.
typedef struct tarn_xxh3_state tarn_xxh3_state;
tarn_xxh3_state *tarn_xxh3_create(void);
void tarn_xxh3_reset(tarn_xxh3_state *state);
void tarn_xxh3_update(tarn_xxh3_state *state, const void *bytes, size_t count);
uint64_t tarn_xxh3_digest(const tarn_xxh3_state *state);
void tarn_xxh3_free(tarn_xxh3_state *state);

/// A file in memory that has no name on disk: `memfd_create(2)` with close-on-exec; -1 and `errno`.
int tarn_memfd(const char *name);

/// Gives the pages of `count` bytes at `offset` of the file back to the kernel; they read as zero.
int tarn_punch_hole(int file, int64_t offset, int64_t count);

#endif
