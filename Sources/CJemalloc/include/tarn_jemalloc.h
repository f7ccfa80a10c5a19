#ifndef TARN_JEMALLOC_H
#define TARN_JEMALLOC_H

#include <stdint.h>

/// The version of the jemalloc that serves this process, for example "5.3.0-0-g...".
const char *tarn_jemalloc_version(void);

/// Bytes that the process has allocated through jemalloc and not freed; 0 if statistics are off.
uint64_t tarn_jemalloc_allocated_bytes(void);

/// Bytes that this thread has ever allocated; its difference across a loop proves zero allocation.
uint64_t tarn_jemalloc_thread_allocated_bytes(void);

#endif
