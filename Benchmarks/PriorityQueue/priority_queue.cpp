#include "tarn_priority_queue.h"

#include <queue>
#include <vector>

namespace {

struct Event {
  uint64_t time;
  uint64_t sequence;
  uint64_t payload;
};

struct Later {
  bool operator()(const Event &left, const Event &right) const {
    return left.time != right.time ? left.time > right.time : left.sequence > right.sequence;
  }
};

uint64_t mix(uint64_t hash, uint64_t value) { return (hash ^ value) * 0x100000001B3u; }

}  // namespace

struct tarn_priority_queue {
  std::priority_queue<Event, std::vector<Event>, Later> pending;
  uint64_t sequence = 0;

  void push(uint64_t time, uint64_t payload) { pending.push({time, sequence++, payload}); }
  Event pop() {
    Event event = pending.top();
    pending.pop();
    return event;
  }
};

extern "C" {

tarn_priority_queue *tarn_priority_queue_create(void) { return new tarn_priority_queue; }

void tarn_priority_queue_destroy(tarn_priority_queue *queue) { delete queue; }

void tarn_priority_queue_push(tarn_priority_queue *queue, uint64_t time, uint64_t payload) {
  queue->push(time, payload);
}

uint64_t tarn_priority_queue_hold(
    tarn_priority_queue *queue, const uint64_t *delays, uint64_t count, uint64_t rounds) {
  uint64_t hash = 0;
  for (uint64_t i = 0; i < rounds; i++) {
    const Event event = queue->pop();
    hash = mix(hash, event.payload);
    queue->push(event.time + delays[i & (count - 1)], event.payload);
  }
  return hash;
}

uint64_t tarn_priority_queue_phold(
    tarn_priority_queue *queue, tarn_phold_process *processes, uint64_t process_count,
    const uint64_t *delays, uint64_t count, uint64_t rounds) {
  uint64_t hash = 0;
  for (uint64_t i = 0; i < rounds; i++) {
    const Event event = queue->pop();
    tarn_phold_process *process = &processes[event.payload];
    process->received++;
    process->last_time = event.time;
    process->random = process->random * 6364136223846793005u + 1442695040888963407u;
    const uint64_t target = ((process->random >> 32) * process_count) >> 32;
    hash = mix(hash, event.payload);
    queue->push(event.time + delays[(process->random >> 20) & (count - 1)], target);
  }
  return hash;
}
}
