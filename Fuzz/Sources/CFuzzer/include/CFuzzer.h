/// libFuzzer as a library (LLVM, "libFuzzer: using it as a library"): runs its command line, calling
/// `user` with each input. What it links to comes with `-sanitize=fuzzer`.
#pragma once
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*user)(const uint8_t *bytes, size_t count));

/// The descriptor of a new file that lies in memory alone; negative if there is none to be had.
int tarn_memory_file(void);

/// Tells libFuzzer of the counters that were reached for the first time; to be called after each input.
void tarn_announce_counters(void);
