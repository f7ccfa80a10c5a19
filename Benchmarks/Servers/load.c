/* Sends GETs to an HTTP/1.1 server on loopback from one thread, and says how many were answered and how
 * soon. Every answer must be complete and as long as expected: anything else ends the run with an error,
 * so that no server wins by refusing.
 *
 *     load PORT CONNECTIONS SECONDS RATE ARRIVALS < REQUESTS
 *
 * A line of REQUESTS is "PATH FIRST-LAST BYTES", or "PATH - BYTES" for a whole object. RATE 0 is a closed
 * loop: each connection sends its next request when it has its answer. Any other RATE is an open loop:
 * requests a second, at times that ARRIVALS says: "even", one after each 1/RATE, or "random", a Poisson
 * process. They wait for a connection if none is free, and their time counts from when they were due, so a
 * server that stalls can't hide whom it kept waiting (Tene, "How not to measure latency", 2013).
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_BYTES = 8192, READ_BYTES = 256 << 10, BUCKETS = 64 * 128, QUEUE = 1 << 20 };

struct request { char *text; int length; long body; };
struct connection {
  int socket, isBusy, isInBody, headLength;
  long left;
  uint64_t due;
  const struct request *request;
  char head[HEAD_BYTES];
};

static struct request *requests;
static int requestCount, connectionCount, nextRequest;
static struct connection *connections;
static int *idle, idleCount;
static uint64_t *waiting, waitingFirst, waitingEnd;
static uint64_t buckets[BUCKETS], answered, bytes, longest;
static int isOpenLoop, isEven;
static uint64_t end;
static char space[READ_BYTES];

static void fail(const char *form, ...) {
  va_list list;
  va_start(list, form);
  fputs("load: ", stderr);
  vfprintf(stderr, form, list);
  fputc('\n', stderr);
  exit(1);
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* 128 buckets an octave: under 0.8 % of error. */
static int bucketOf(uint64_t value) {
  if (value < 128) return (int)value;
  int shift = 63 - __builtin_clzll(value) - 7;
  return (shift + 1) * 128 + (int)((value >> shift) & 127);
}

static double valueOf(int bucket) {
  if (bucket < 128) return bucket;
  int shift = bucket / 128 - 1;
  return ldexp(128 + bucket % 128 + 0.5, shift);
}

static double percentile(double share) {
  uint64_t wanted = (uint64_t)ceil(share * (double)answered), seen = 0;
  for (int bucket = 0; bucket < BUCKETS; bucket++)
    if ((seen += buckets[bucket]) >= wanted && seen > 0) return valueOf(bucket);
  return 0;
}

static void readRequests(int port) {
  char line[4096], path[2048], range[256], text[4096];
  long body;
  while (fgets(line, sizeof line, stdin)) {
    if (sscanf(line, "%2047s %255s %ld", path, range, &body) != 3) fail("not a request: %s", line);
    int length = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n", path, port);
    if (strcmp(range, "-"))
      length += snprintf(text + length, sizeof text - (size_t)length, "Range: bytes=%s\r\n", range);
    length += snprintf(text + length, sizeof text - (size_t)length, "\r\n");
    requests = realloc(requests, sizeof *requests * (size_t)(requestCount + 1));
    requests[requestCount++] = (struct request){strdup(text), length, body};
  }
  if (requestCount == 0) fail("no requests on the standard input");
}

static void ask(struct connection *connection, uint64_t due) {
  const struct request *request = &requests[nextRequest];
  nextRequest = (nextRequest + 1) % requestCount;
  connection->request = request;
  connection->due = due;
  connection->isBusy = 1;
  connection->headLength = 0;
  connection->isInBody = 0;
  if (send(connection->socket, request->text, (size_t)request->length, MSG_NOSIGNAL) != request->length)
    fail("cannot send: %s", strerror(errno));
}

static void done(struct connection *connection) {
  uint64_t time = now();
  uint64_t took = time - connection->due;
  buckets[bucketOf(took)]++;
  if (took > longest) longest = took;
  answered++;
  bytes += (uint64_t)connection->request->body;
  connection->isBusy = 0;
  if (!isOpenLoop) {
    if (time < end) ask(connection, time);
  } else if (waitingFirst < waitingEnd) {
    ask(connection, waiting[waitingFirst++ % QUEUE]);
  } else {
    idle[idleCount++] = (int)(connection - connections);
  }
}

static void readHead(struct connection *connection) {
  char *head = connection->head;
  char *stop = memmem(head, (size_t)connection->headLength, "\r\n\r\n", 4);
  if (!stop) {
    if (connection->headLength == HEAD_BYTES) fail("a head is longer than %d bytes", HEAD_BYTES);
    return;
  }
  *stop = 0;
  if (strncmp(head, "HTTP/1.1 200", 12) && strncmp(head, "HTTP/1.1 206", 12))
    fail("%.*s for %s", (int)strcspn(head, "\r"), head, connection->request->text);
  char *field = strcasestr(head, "\r\ncontent-length:");
  long length = field ? atol(field + 17) : -1;
  if (length != connection->request->body)
    fail("%ld bytes instead of %ld for %s", length, connection->request->body, connection->request->text);
  connection->isInBody = 1;
  connection->left = length - (connection->headLength - (stop + 4 - head));
}

static void receive(struct connection *connection) {
  for (;;) {
    char *target = connection->isInBody ? space : connection->head + connection->headLength;
    size_t room = connection->isInBody ? sizeof space : (size_t)(HEAD_BYTES - connection->headLength);
    ssize_t count = recv(connection->socket, target, room, MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) fail("the server closed a connection: %s", count ? strerror(errno) : "end of stream");
    if (!connection->isBusy) fail("bytes that nobody asked for");
    if (connection->isInBody) {
      connection->left -= count;
    } else {
      connection->headLength += (int)count;
      readHead(connection);
    }
    if (!connection->isInBody) continue;
    if (connection->left < 0) fail("more bytes than announced");
    if (connection->left == 0) { done(connection); return; }
    if ((size_t)count < room) return;
  }
}

static void connectAll(int port, int poll) {
  struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connections = calloc((size_t)connectionCount, sizeof *connections);
  idle = calloc((size_t)connectionCount, sizeof *idle);
  for (int number = 0; number < connectionCount; number++) {
    int one = 1, new = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (new < 0 || connect(new, (struct sockaddr *)&place, sizeof place))
      fail("cannot connect to port %d: %s", port, strerror(errno));
    setsockopt(new, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    connections[number].socket = new;
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = (uint32_t)number};
    epoll_ctl(poll, EPOLL_CTL_ADD, new, &event);
    idle[idleCount++] = number;
  }
}

/* Arrivals that are due by now go out, or wait for a connection. The time of the next one. */
static uint64_t arrive(uint64_t next, double rate) {
  uint64_t time = now();
  while (next <= time && next < end) {
    if (idleCount > 0) {
      ask(&connections[idle[--idleCount]], next);
    } else {
      if (waitingEnd - waitingFirst == QUEUE) fail("the server falls behind by %d requests", QUEUE);
      waiting[waitingEnd++ % QUEUE] = next;
    }
    next += (uint64_t)((isEven ? 1 : -log1p(-drand48())) / rate * 1e9) + 1;
  }
  return next;
}

static int isUnderWay(void) {
  for (int number = 0; number < connectionCount; number++)
    if (connections[number].isBusy) return 1;
  return 0;
}

int main(int count, char **words) {
  if (count != 6) fail("usage: load PORT CONNECTIONS SECONDS RATE even|random < REQUESTS");
  int port = atoi(words[1]);
  connectionCount = atoi(words[2]);
  double seconds = atof(words[3]), rate = atof(words[4]);
  isOpenLoop = rate > 0;
  isEven = !strcmp(words[5], "even");
  readRequests(port);
  waiting = calloc(QUEUE, sizeof *waiting);
  srand48(1);
  prctl(PR_SET_TIMERSLACK, 1);
  int poll = epoll_create1(EPOLL_CLOEXEC);
  connectAll(port, poll);
  uint64_t start = now(), next = start;
  end = start + (uint64_t)(seconds * 1e9);
  if (!isOpenLoop)
    while (idleCount > 0) ask(&connections[idle[--idleCount]], now());
  struct epoll_event events[256];
  while (now() < end || isUnderWay()) {
    if (now() > end + 30000000000u) fail("a request took more than 30 s");
    struct timespec pause = {1, 0};
    if (isOpenLoop && (next = arrive(next, rate)) < end) {
      uint64_t time = now();
      pause = (struct timespec){0, next > time ? (long)((next - time) % 1000000000u) : 0};
    } else if (isOpenLoop && !isUnderWay()) {
      break;
    }
    int ready = epoll_pwait2(poll, events, 256, &pause, NULL);
    for (int index = 0; index < ready; index++) receive(&connections[events[index].data.u32]);
  }
  double took = (double)(now() - start) / 1e9;
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double busy = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  printf("{\"requests\": %lu, \"bytes\": %lu, \"seconds\": %.6f, \"client_seconds\": %.6f, \"p50\": %.0f, "
    "\"p90\": %.0f, \"p99\": %.0f, \"p999\": %.0f, \"longest\": %lu}\n",
    answered, bytes, took, busy, percentile(0.5), percentile(0.9), percentile(0.99), percentile(0.999), longest);
  return 0;
}
