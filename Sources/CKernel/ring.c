#define _GNU_SOURCE
#include "tarn_kernel.h"

#include <errno.h>
#include <liburing.h>
#include <stdlib.h>

struct tarn_ring {
  struct io_uring ring;
};

int tarn_ring_open(unsigned depth, struct tarn_ring **ring) {
  struct tarn_ring *opened = calloc(1, sizeof *opened);
  if (!opened) return -ENOMEM;
  int failed = -EINVAL;
#if defined(IORING_SETUP_SINGLE_ISSUER) && defined(IORING_SETUP_DEFER_TASKRUN)
  // Linux 6.1 and later: ends are worked off where the thread waits for them, not by interrupting it.
  failed = io_uring_queue_init(
    depth, &opened->ring, IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
#endif
  if (failed == -EINVAL) failed = io_uring_queue_init(depth, &opened->ring, 0);
  if (failed) {
    free(opened);
    return failed;
  }
  *ring = opened;
  return 0;
}

static int queued(struct io_uring_sqe *sqe, uint64_t tag, int apart) {
  io_uring_sqe_set_data64(sqe, tag);
  if (apart) io_uring_sqe_set_flags(sqe, IOSQE_ASYNC);
  return 0;
}

int tarn_ring_read(struct tarn_ring *ring, uint64_t tag, int file, void *bytes, unsigned count,
                   int64_t offset, int apart) {
  struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->ring);
  if (!sqe) return -EBUSY;
  io_uring_prep_read(sqe, file, bytes, count, (uint64_t)offset);
  return queued(sqe, tag, apart);
}

int tarn_ring_write(struct tarn_ring *ring, uint64_t tag, int file, const void *bytes,
                    unsigned count, int64_t offset, int apart) {
  struct io_uring_sqe *sqe = io_uring_get_sqe(&ring->ring);
  if (!sqe) return -EBUSY;
  io_uring_prep_write(sqe, file, bytes, count, (uint64_t)offset);
  return queued(sqe, tag, apart);
}

int tarn_ring_wait(struct tarn_ring *ring, struct tarn_ring_end *ends, int most) {
  int submitted = io_uring_submit_and_wait(&ring->ring, 1);
  // Interrupted or short of memory: what is queued stays queued; ends that are there are taken.
  if (submitted < 0 && submitted != -EINTR && submitted != -EAGAIN && submitted != -EBUSY)
    return submitted;
  int count = 0;
  struct io_uring_cqe *cqe;
  while (count < most && io_uring_peek_cqe(&ring->ring, &cqe) == 0) {
    ends[count].tag = io_uring_cqe_get_data64(cqe);
    ends[count].result = cqe->res;
    io_uring_cqe_seen(&ring->ring, cqe);
    count++;
  }
  return count;
}

void tarn_ring_close(struct tarn_ring *ring) {
  io_uring_queue_exit(&ring->ring);
  free(ring);
}
