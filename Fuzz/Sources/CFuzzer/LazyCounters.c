// libFuzzer learns of the counters that a target reaches, and of no others.
//
// After every input libFuzzer reads every counter and clears it. Nearly all of them belong to parts of
// the node that the target at hand never enters, and that reading took more time than most parsers.
// The linker leads the two calls by which the program announces its counters to here (--wrap), and
// they are passed on in pieces, each when one of its counters was first seen to count.

#include "CFuzzer.h"
#include <stdbool.h>
#include <string.h>

enum {
  piece_counters = 512,
  // libFuzzer has room for 4096 modules; each piece is one to it.
  largest_pieces = 4096,
  // At first every input is looked at, so that each gets the credit for what it reached; later one
  // of so many, and what others reached counts from the next time on.
  early_inputs = 1 << 17,
  later_interval = 64,
};

struct pc { uintptr_t address, flags; };

static uint8_t *counters, *counters_end;
static const struct pc *pcs;
static bool is_known[largest_pieces];
static uint64_t inputs;

void __real___sanitizer_cov_8bit_counters_init(uint8_t *begin, uint8_t *end);
void __real___sanitizer_cov_pcs_init(const uintptr_t *begin, const uintptr_t *end);

// Called once for each object file, always with the whole program's table.
void __wrap___sanitizer_cov_8bit_counters_init(uint8_t *begin, uint8_t *end) {
  if (counters && counters != begin) __builtin_trap();
  if (end - begin > (ptrdiff_t)largest_pieces * piece_counters) __builtin_trap();
  counters = begin;
  counters_end = end;
}

void __wrap___sanitizer_cov_pcs_init(const uintptr_t *begin, const uintptr_t *end) {
  if (pcs && pcs != (const struct pc *)begin) __builtin_trap();
  if ((const struct pc *)end - (const struct pc *)begin != counters_end - counters) __builtin_trap();
  pcs = (const struct pc *)begin;
}

static bool has_counted(const uint8_t *begin, const uint8_t *end) {
  uint64_t any = 0;
  for (; end - begin >= 8; begin += 8) {
    uint64_t word;
    memcpy(&word, begin, 8);
    any |= word;
  }
  for (; begin < end; begin++) any |= *begin;
  return any != 0;
}

void tarn_announce_counters(void) {
  inputs++;
  bool is_exact = inputs <= early_inputs;
  if (!is_exact && inputs % later_interval != 0) return;
  for (ptrdiff_t piece = 0; piece * piece_counters < counters_end - counters; piece++) {
    if (is_known[piece]) continue;
    uint8_t *begin = counters + piece * piece_counters;
    uint8_t *end = counters_end - begin > piece_counters ? begin + piece_counters : counters_end;
    if (!has_counted(begin, end)) continue;
    is_known[piece] = true;
    if (!is_exact) memset(begin, 0, (size_t)(end - begin));
    __real___sanitizer_cov_8bit_counters_init(begin, end);
    if (pcs)
      __real___sanitizer_cov_pcs_init(
        (const uintptr_t *)(pcs + (begin - counters)), (const uintptr_t *)(pcs + (end - counters)));
  }
}
