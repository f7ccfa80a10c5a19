#ifndef TARN_PRIORITY_QUEUE_H
#define TARN_PRIORITY_QUEUE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The rival of the simulator's event queue: C++'s std::priority_queue over a vector, with what it
/// needs to keep ties in order (time, sequence number, payload: 24 bytes).
typedef struct tarn_priority_queue tarn_priority_queue;

tarn_priority_queue *tarn_priority_queue_create(void);
void tarn_priority_queue_destroy(tarn_priority_queue *queue);
void tarn_priority_queue_push(tarn_priority_queue *queue, uint64_t time, uint64_t payload);

/// Pops an event and pushes it again at the next delay, `rounds` times. `delays` are `count`, a power
/// of two. Returns a hash of the order, as do the same loops on the simulator's queue.
uint64_t tarn_priority_queue_hold(
    tarn_priority_queue *queue, const uint64_t *delays, uint64_t count, uint64_t rounds);

/// The state of one logical process of PHOLD: one cache line.
typedef struct {
  uint64_t random;
  uint64_t received;
  uint64_t last_time;
  uint64_t unused[5];
} tarn_phold_process;

/// PHOLD: pops an event, updates its process, and pushes an event for a random process, `rounds`
/// times. Returns a hash of the order.
uint64_t tarn_priority_queue_phold(
    tarn_priority_queue *queue, tarn_phold_process *processes, uint64_t process_count,
    const uint64_t *delays, uint64_t count, uint64_t rounds);

#ifdef __cplusplus
}
#endif
#endif
