/* Requests, frames, chunks and messages of the client of bench/live. */
#define _GNU_SOURCE
#include "client.h"

/* Microseconds: 64 steps to each power of two. */
static uint64_t slots[64 * 40];

static void measure(uint64_t us) {
  int power = us < 64 ? 0 : 58 - __builtin_clzl(us);
  slots[power ? power * 64 + (us >> (power - 1)) - 64 : us]++;
  counts.measured++;
  if (us > counts.slowest) counts.slowest = us;
}

uint64_t latency_at(double part) {
  uint64_t seen = 0, wanted = counts.measured * part;
  for (int i = 0; i < 64 * 40; i++) {
    seen += slots[i];
    if (seen > wanted) return i < 64 ? (uint64_t)i : (uint64_t)(i % 64 + 64) << (i / 64 - 1);
  }
  return counts.slowest;
}

void reset_counts(void) {
  memset(slots, 0, sizeof slots);
  counts.measured = counts.slowest = counts.frames = counts.bytes = 0;
}

void change_setting(const char *name, const char *value) {
  int number = atoi(value);
  if (!strcmp(name, "port")) set.port = number;
  else if (!strcmp(name, "host")) snprintf(set.host, sizeof set.host, "%s", value);
  else if (!strcmp(name, "key")) snprintf(set.key, sizeof set.key, "%s", value);
  else if (!strcmp(name, "transport")) set.ws = !strcmp(value, "ws");
  else if (!strcmp(name, "bare")) set.bare = number;
  else if (!strcmp(name, "spin")) set.spin = number;
  else if (!strcmp(name, "window")) set.window = number;
  else if (!strcmp(name, "await")) set.await = number;
  else if (!strcmp(name, "retry")) set.retry = number;
  else if (!strcmp(name, "check")) set.check = number;
  else { fprintf(stderr, "unknown setting %s\n", name); exit(1); }
}

/* Masked with zeros, as the protocol allows no unmasked frame of a client. */
static void send_frame(struct conn *c, int opcode, const char *text, size_t size) {
  char frame[8192];
  size_t at = 0;
  if (size > sizeof frame - 16) return fault("too long", text, 40);
  frame[at++] = 0x80 | opcode;
  if (size < 126) frame[at++] = 0x80 | size;
  else {
    frame[at++] = (char)(0x80 | 126);
    frame[at++] = size >> 8;
    frame[at++] = size;
  }
  memset(frame + at, 0, 4);
  memcpy(frame + at + 4, text, size);
  send_all(c, frame, at + 4 + size);
}

/* The payload of an operation, from the cursor of the last event. */
static int payload_of(struct conn *c, uint32_t k, char *into, size_t room) {
  const char *text = set.payloads[k], *place = strstr(text, "%AFTER%"), *cursor = c->operations[k].cursor;
  if (!place) return snprintf(into, room, "%s", text);
  const char *quote = *cursor ? "\"" : "";
  return snprintf(into, room, "%.*s%s%s%s%s", (int)(place - text), text, quote, *cursor ? cursor : "null", quote,
                  place + 7);
}

void send_operation(struct conn *c, uint32_t k) {
  if (!set.ws) return; /* it was the request */
  char payload[6000], text[6200];
  payload_of(c, k, payload, sizeof payload);
  int size = snprintf(text, sizeof text, "{\"id\":\"c%05u.%02u\",\"type\":\"subscribe\",\"payload\":%s}", c->index, k,
                      payload);
  send_frame(c, 1, text, size);
}

void send_request(struct conn *c) {
  char payload[6000] = "", text[7000];
  int size;
  if (set.ws)
    size = snprintf(text, sizeof text,
                    "GET /graphql HTTP/1.1\r\nHost: %s:%u\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n%s\r\n",
                    set.host, set.port, set.bare ? "" : "Sec-WebSocket-Protocol: graphql-transport-ws\r\n");
  else {
    int length = set.bare ? 0 : payload_of(c, 0, payload, sizeof payload);
    size = snprintf(text, sizeof text,
                    "POST /graphql HTTP/1.1\r\nHost: %s:%u\r\nAuthorization: Bearer %s\r\nAccept: text/event-stream\r\n"
                    "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
                    set.host, set.port, set.key, length, payload);
  }
  send_all(c, text, size);
}

/* The text of `"name":"...` or `"name":...` up to its end, or NULL. */
static const char *field(const char *text, size_t size, const char *name, size_t length) {
  const char *at = memmem(text, size, name, length);
  return at ? at + length : NULL;
}
#define FIELD(text, size, name) field(text, size, "\"" name "\":", sizeof name + 2)

static void keep_cursor(struct operation *o, const char *text, size_t size) {
  const char *at = FIELD(text, size, "cursor");
  if (!at) return;
  const char *end = memchr(at + 1, '"', sizeof o->cursor);
  if (!end) return fault("cursor", text, size);
  memcpy(o->cursor, at + 1, end - at - 1);
  o->cursor[end - at - 1] = 0;
}

static void take_number(struct operation *o, uint32_t number) {
  if (number == 0) {
    o->zeros++;
    return;
  }
  uint32_t before = o->next;
  if (number < before) {
    counts.doubled++;
    return;
  }
  counts.lost += number - before;
  o->next = number + 1;
  note_number(before, o->next);
}

/* The operation that a frame is for; NULL when it is of another connection. */
static struct operation *operation_of(struct conn *c, const char *text, size_t size) {
  if (!set.ws) return c->operations;
  const char *id = FIELD(text, size < 200 ? size : 200, "id");
  if (!id) return NULL;
  uint32_t index = strtoul(id + 2, NULL, 10), k = strtoul(id + 8, NULL, 10);
  if (k >= set.operations || (!set.bare && index != c->index)) return NULL;
  return &c->operations[k];
}

static void took_event(struct conn *c, const char *text, size_t size) {
  struct operation *o = operation_of(c, text, size);
  if (!o) return fault("not its operation", text, size);
  if (!memmem(text, size < 60 ? size : 60, set.ws ? "\"next\"" : "next", set.ws ? 6 : 4) ||
      memmem(text, size, "\"errors\":", 9))
    return lost_connection(c, text, size);
  if (!o->started) {
    o->started = 1;
    operation_started(c);
  }
  keep_cursor(o, text, size);
  counts.frames++;
  counts.bytes += size;
  if (!set.check) return;
  const char *number = FIELD(text, size, "number"), *title = FIELD(text, size, "title");
  if (!number) {
    if (!memmem(text, size, "\"STARTED\"", 9)) fault("resync", text, size);
    counts.frames--, counts.bytes -= size;
    return;
  }
  if (title) measure(now_us() - strtoull(title + 2, NULL, 10));
  take_number(o, strtoul(number, NULL, 10));
}

static void took_message(struct conn *c, const char *text, size_t size) {
  if (c->state != ACK) return took_event(c, text, size);
  if (!memmem(text, size, "\"connection_ack\"", 16)) return lost_connection(c, text, size);
  subscribe_all(c);
}

/* A whole frame is taken; the number of its bytes, or 0. */
static size_t take_frame(struct conn *c, const unsigned char *bytes, size_t size) {
  if (size < 2) return 0;
  size_t head = 2, length = bytes[1] & 127;
  if (length == 126) head = 4;
  if (length == 127) head = 10;
  if (size < head) return 0;
  if (length == 126) length = bytes[2] << 8 | bytes[3];
  if (length == 127) {
    length = 0;
    for (int i = 2; i < 10; i++) length = length << 8 | bytes[i];
  }
  if (size < head + length) return 0;
  const char *text = (const char *)bytes + head;
  switch (bytes[0]) {
    case 0x81: took_message(c, text, length); break;
    case 0x89: send_frame(c, 10, text, length); break;
    case 0x88: lost_connection(c, text + 2, length > 2 ? length - 2 : 0); break;
    default: fault("frame", text, length);
  }
  return head + length;
}

static void take_sse(struct conn *c) {
  char *end;
  size_t used = 0;
  while (c->state == OPEN && (end = memmem(c->event + used, c->event_size - used, "\n\n", 2))) {
    char *text = c->event + used;
    size_t size = end - text;
    used += size + 2;
    if (memmem(text, size, "data:", 5) || memmem(text, size, "event:", 6)) took_event(c, text, size);
  }
  memmove(c->event, c->event + used, c->event_size - used);
  c->event_size -= used;
}

static void append(char **into, size_t *size, size_t *room, const char *bytes, size_t more) {
  if (*size + more > *room) *into = realloc(*into, *room = (*size + more) * 2);
  memcpy(*into + *size, bytes, more);
  *size += more;
}

/* Bytes of a chunked body: a size in hex, a line end, the chunk, a line end. */
static void take_chunks(struct conn *c, const char *bytes, size_t size) {
  for (size_t i = 0; i < size;) {
    if (c->chunk_state == 2) {
      size_t part = size - i < c->chunk_left ? size - i : c->chunk_left;
      append(&c->event, &c->event_size, &c->event_room, bytes + i, part);
      i += part;
      if ((c->chunk_left -= part) == 0) c->chunk_state = 3;
      continue;
    }
    char byte = bytes[i++];
    if (byte == '\r') continue;
    if (c->chunk_state == 3) c->chunk_state = 0;
    else if (byte == '\n') {
      if (c->chunk_left == 0) return lost_connection(c, "ended", 5);
      c->chunk_state = 2;
    } else c->chunk_left = c->chunk_left * 16 + (byte <= '9' ? byte - '0' : (byte | 32) - 'a' + 10);
  }
  take_sse(c);
}

static size_t take_head(struct conn *c, const char *bytes, size_t size) {
  const char *end = memmem(bytes, size, "\r\n\r\n", 4);
  if (!end) return 0;
  const char *wanted = set.ws ? "HTTP/1.1 101" : "HTTP/1.1 200";
  if (strncmp(bytes, wanted, 12)) return lost_connection(c, bytes, size), size;
  if (set.ws && !set.bare) {
    char text[400];
    c->state = ACK;
    send_frame(c, 1, text,
               snprintf(text, sizeof text,
                        "{\"type\":\"connection_init\",\"payload\":{\"authorization\":\"Bearer %s\"}}", set.key));
  } else subscribe_all(c);
  return end + 4 - bytes;
}

void received(struct conn *c, char *bytes, size_t size) {
  if (c->kept_size) {
    append(&c->kept, &c->kept_size, &c->kept_room, bytes, size);
    bytes = c->kept, size = c->kept_size;
  }
  size_t used = 0;
  while (used < size && c->state != IDLE) {
    if (c->state == OPEN && !set.ws) {
      take_chunks(c, bytes + used, size - used);
      used = size;
      break;
    }
    size_t taken = c->state == HEAD ? take_head(c, bytes + used, size - used)
                                    : take_frame(c, (unsigned char *)bytes + used, size - used);
    if (!taken) break;
    used += taken;
  }
  size_t left = c->state == IDLE ? 0 : size - used;
  if (left && bytes == c->kept) memmove(c->kept, c->kept + used, left);
  else if (left) c->kept_size = 0, append(&c->kept, &c->kept_size, &c->kept_room, bytes + used, left);
  c->kept_size = left;
}
