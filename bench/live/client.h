/* What client.c (connections and commands) and wire.c (bytes and messages) share. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX_OPERATIONS 64

enum state { IDLE, CONNECTING, HEAD, ACK, OPEN };

struct settings {
  char host[64], key[256];
  uint16_t port;
  int ws, bare, spin, await, retry, check;
  uint32_t window, operations;
  char *payloads[MAX_OPERATIONS];
};

/* `next` is the number that must come next. */
struct operation {
  uint32_t next, zeros;
  char started, cursor[40];
};

struct conn {
  int fd;
  enum state state;
  uint32_t index, started;
  char ready, stall, resuming;
  uint64_t next_try;
  /* Bytes of a frame or a head that is not whole yet. */
  char *kept;
  size_t kept_size, kept_room;
  /* Of an SSE stream: the event that is not whole yet, and what is left of the chunk. */
  char *event;
  size_t event_size, event_room, chunk_left;
  int chunk_state;
  struct operation operations[];
};

struct counts {
  uint64_t frames, bytes, lost, doubled, closed, faults, measured, slowest;
  char first_fault[400];
};

extern struct settings set;
extern struct counts counts;

uint64_t now_us(void);
void fault(const char *what, const char *text, size_t size);
void operation_started(struct conn *c);
void note_number(uint32_t before, uint32_t next);
void send_all(struct conn *c, const char *text, size_t size);
void subscribe_all(struct conn *c);
void lost_connection(struct conn *c, const char *why, size_t size);

void change_setting(const char *name, const char *value);
void reset_counts(void);
uint64_t latency_at(double part);
void send_request(struct conn *c);
void send_operation(struct conn *c, uint32_t k);
void received(struct conn *c, char *bytes, size_t size);
