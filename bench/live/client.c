/*
 * The client of bench/live: one thread, epoll, thousands of WebSockets or SSE streams. It checks what it is sent
 * (its own operation id, numbers 1, 2, 3, ... of each operation) and takes the time from the publisher's clock.
 *
 * Lines on stdin:
 *   set NAME VALUE   port; host; key; transport ws|sse; bare 0|1; spin 0|1; window N (connections being opened at once);
 *                    await 0|1 (ready with the first `next` of each operation, else when subscribed); retry 0|1; check 0|1
 *   payload K JSON   the operation K of each connection; %AFTER% becomes null or the cursor in quotes
 *   open N [stall]   opens N more; those that stall read nothing once they have subscribed
 *   drop             closes all at once
 *   resume           opens all again, each from its cursor
 *   target N         says when each operation of those that read has number N
 *   stats            counts and latencies; reset: forgets the latencies and the counts of frames
 * Lines on stdout: JSON with `event`: ready, reached, stats.
 */
#define _GNU_SOURCE
#include "client.h"

struct settings set = {.host = "127.0.0.1", .ws = 1, .window = 100, .check = 1, .await = 1};
struct counts counts;
struct conn **conns;
uint32_t conn_count;
static uint32_t next_to_start, starting, ready, waiting, reading_ops, reached_ops;
static uint32_t target;
static int ready_told = 1;
static uint64_t opened_at;
static int poll_fd;

uint64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void fault(const char *what, const char *text, size_t size) {
  counts.faults++;
  if (counts.first_fault[0]) return;
  size_t at = snprintf(counts.first_fault, sizeof counts.first_fault, "%s: ", what);
  for (size_t i = 0; i < size && at < sizeof counts.first_fault - 1; i++) {
    char c = text[i];
    counts.first_fault[at++] = c < ' ' || c == '"' || c == '\\' || c > '~' ? '_' : c;
  }
  counts.first_fault[at] = 0;
}

static void tell_ready(void) {
  if (ready_told || ready < conn_count) return;
  ready_told = 1;
  printf("{\"event\":\"ready\",\"ready\":%u,\"us\":%lu}\n", ready, now_us() - opened_at);
}

static void became_ready(struct conn *c) {
  if (c->ready) return;
  c->ready = 1;
  ready++;
  starting--;
  if (c->stall) epoll_ctl(poll_fd, EPOLL_CTL_DEL, c->fd, NULL);
  tell_ready();
}

void operation_started(struct conn *c) {
  if (++c->started == set.operations) became_ready(c);
}

void note_number(uint32_t before, uint32_t next) {
  if (target && before <= target && next > target && ++reached_ops == reading_ops) {
    printf("{\"event\":\"reached\",\"number\":%u,\"us\":%lu}\n", target, now_us());
    target = 0;
  }
}

/* All messages are small and few: a socket that can't take one at once has failed. */
void send_all(struct conn *c, const char *text, size_t size) {
  if (send(c->fd, text, size, MSG_NOSIGNAL) != (ssize_t)size) fault("send", strerror(errno), 20);
}

void subscribe_all(struct conn *c) {
  c->state = OPEN;
  if (!set.bare) for (uint32_t k = 0; k < set.operations; k++) send_operation(c, k);
  if (set.bare || !set.await || c->resuming) became_ready(c);
}

static void start(struct conn *c) {
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (c->fd < 0) { perror("socket"); exit(1); }
  int one = 1, small = 16384;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  if (c->stall) setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  /* From many addresses: the ports of one are used up by two storms. */
  struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000002 + c->index % 50)};
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(set.port)};
  inet_pton(AF_INET, set.host, &to.sin_addr);
  if (bind(c->fd, (void *)&from, sizeof from)) { perror("bind"); exit(1); }
  c->state = CONNECTING;
  c->ready = 0;
  c->started = 0;
  c->kept_size = c->event_size = 0;
  c->chunk_left = 0;
  c->chunk_state = 0;
  starting++;
  if (connect(c->fd, (void *)&to, sizeof to) && errno != EINPROGRESS) { perror("connect"); exit(1); }
  struct epoll_event e = {.events = EPOLLOUT, .data.ptr = c};
  epoll_ctl(poll_fd, EPOLL_CTL_ADD, c->fd, &e);
}

/* Closed by the server, or refused: counted, and tried again after 0.1 to 1 s when asked to. */
void lost_connection(struct conn *c, const char *why, size_t size) {
  if (c->state == IDLE) return;
  close(c->fd);
  c->state = IDLE;
  c->ready ? ready-- : starting--;
  c->ready = 0;
  counts.closed++;
  if (!set.retry) return fault("closed", why, size);
  if (c->next_try == 0) waiting++;
  c->resuming = 1;
  ready_told = 0;
  c->next_try = now_us() + 100000 + rand() % 900000;
}

static void start_waiting(void) {
  while (next_to_start < conn_count && starting < set.window) start(conns[next_to_start++]);
  if (!waiting) return;
  uint64_t now = now_us();
  for (uint32_t i = 0; i < conn_count && starting < set.window; i++) {
    struct conn *c = conns[i];
    if (!c->next_try || c->next_try > now) continue;
    c->next_try = 0;
    waiting--;
    start(c);
  }
}

static void open_more(uint32_t n, int stall) {
  conns = realloc(conns, (conn_count + n) * sizeof *conns);
  for (uint32_t i = 0; i < n; i++) {
    struct conn *c = calloc(1, sizeof *c + set.operations * sizeof(struct operation));
    c->index = conn_count + i;
    c->stall = stall;
    for (uint32_t k = 0; k < set.operations; k++) c->operations[k].next = 1;
    if (!stall) reading_ops += set.operations;
    conns[conn_count + i] = c;
  }
  conn_count += n;
  ready_told = 0;
  opened_at = now_us();
}

static void drop_all(void) {
  for (uint32_t i = 0; i < conn_count; i++) {
    if (conns[i]->state != IDLE) close(conns[i]->fd);
    conns[i]->state = IDLE;
    conns[i]->next_try = 0;
    conns[i]->ready = 0;
    conns[i]->resuming = 1;
  }
  ready = starting = waiting = 0;
}

static void resume_all(void) {
  ready_told = 0;
  opened_at = now_us();
  next_to_start = 0;
}

static void set_target(uint32_t number) {
  target = number;
  reached_ops = 0;
  for (uint32_t i = 0; i < conn_count; i++)
    for (uint32_t k = 0; !conns[i]->stall && k < set.operations; k++)
      if (conns[i]->operations[k].next > number) reached_ops++;
  if (reached_ops < reading_ops) return;
  printf("{\"event\":\"reached\",\"number\":%u,\"us\":%lu}\n", number, now_us());
  target = 0;
}

static void tell_stats(void) {
  uint32_t least = UINT32_MAX, most = 0, synced = 0;
  for (uint32_t i = 0; i < conn_count; i++)
    for (uint32_t k = 0; !conns[i]->stall && k < set.operations; k++) {
      struct operation *o = &conns[i]->operations[k];
      if (o->next - 1 < least) least = o->next - 1;
      if (o->next - 1 > most) most = o->next - 1;
      synced += o->zeros > 0;
    }
  printf("{\"event\":\"stats\",\"connections\":%u,\"ready\":%u,\"operations\":%u,\"synced\":%u,\"frames\":%lu,"
         "\"bytes\":%lu,\"least\":%u,\"most\":%u,\"lost\":%lu,\"doubled\":%lu,\"closed\":%lu,\"faults\":%lu,"
         "\"firstFault\":\"%s\",\"p50\":%lu,\"p99\":%lu,\"max\":%lu,\"measured\":%lu}\n",
         conn_count, ready, reading_ops, synced, counts.frames, counts.bytes, least == UINT32_MAX ? 0 : least,
         most, counts.lost, counts.doubled, counts.closed, counts.faults, counts.first_fault,
         latency_at(0.5), latency_at(0.99), counts.slowest, counts.measured);
}

static void command(char *line) {
  char *name = strtok(line, " "), *rest = strtok(NULL, "");
  uint32_t number = rest ? strtoul(rest, NULL, 10) : 0;
  if (!name) return;
  if (!strcmp(name, "set")) {
    char *key = strtok(rest, " "), *value = strtok(NULL, "");
    change_setting(key, value ? value : "");
  } else if (!strcmp(name, "payload")) {
    char *text = strchr(rest, ' ') + 1;
    set.payloads[number] = strdup(text);
    if (number >= set.operations) set.operations = number + 1;
  } else if (!strcmp(name, "open")) open_more(number, strstr(rest, "stall") != NULL);
  else if (!strcmp(name, "drop")) drop_all();
  else if (!strcmp(name, "resume")) resume_all();
  else if (!strcmp(name, "target")) set_target(number);
  else if (!strcmp(name, "stats")) tell_stats();
  else if (!strcmp(name, "reset")) reset_counts();
  else { fprintf(stderr, "unknown command %s\n", name); exit(1); }
}

static void read_commands(void) {
  static char line[1 << 20];
  static size_t size;
  ssize_t got = read(0, line + size, sizeof line - size - 1);
  if (got <= 0) exit(0);
  size += got;
  char *end;
  while ((end = memchr(line, '\n', size))) {
    size_t used = end - line + 1;
    *end = 0;
    command(line);
    memmove(line, line + used, size - used);
    size -= used;
  }
}

static void serve(struct conn *c, uint32_t events) {
  static char bytes[1 << 18];
  if (c->state == IDLE) return;
  if (c->state == CONNECTING) {
    if (events & (EPOLLERR | EPOLLHUP)) return lost_connection(c, "refused", 7);
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(poll_fd, EPOLL_CTL_MOD, c->fd, &e);
    c->state = HEAD;
    return send_request(c);
  }
  ssize_t got = recv(c->fd, bytes, sizeof bytes, 0);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) return lost_connection(c, got ? strerror(errno) : "ended", got ? 16 : 5);
  received(c, bytes, got);
}

int main(void) {
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  setvbuf(stdout, NULL, _IOLBF, 1 << 16);
  poll_fd = epoll_create1(0);
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(poll_fd, EPOLL_CTL_ADD, 0, &e);
  static struct epoll_event events[4096];
  for (;;) {
    start_waiting();
    int many = epoll_wait(poll_fd, events, 4096, set.spin ? 0 : waiting ? 20 : -1);
    for (int i = 0; i < many; i++)
      if (events[i].data.ptr) serve(events[i].data.ptr, events[i].events);
      else read_commands();
  }
}
