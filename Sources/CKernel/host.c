#define _GNU_SOURCE
#include "tarn_kernel.h"

#include <fcntl.h>
#include <sched.h>

int tarn_usable_processors(void) {
  // Room for 8,192 processors, the kernel's limit.
  cpu_set_t sets[8];
  CPU_ZERO_S(sizeof sets, sets);
  if (sched_getaffinity(0, sizeof sets, sets) != 0) return -1;
  return CPU_COUNT_S(sizeof sets, sets);
}

int tarn_set_direct(int file) {
  int flags = fcntl(file, F_GETFL);
  return flags < 0 ? -1 : fcntl(file, F_SETFL, flags | O_DIRECT);
}
