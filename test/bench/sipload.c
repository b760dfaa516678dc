// A cheap SIP load generator, caller and callee in one process: it saturates a proxy from one core. Loopback only.
//
//   sipload PROXY-IP PROXY-PORT CALLER-IP CALLEE-IP CALLS WINDOW RATE
//
// Each call is INVITE 180 200 ACK BYE 200; Record-Route is followed. At most WINDOW calls are open; RATE paces them
// (calls a second), 0 does not. Nothing is retransmitted: a call without progress for 3 s has failed. Prints JSON.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define BATCH 64
#define GIVE_UP_S 3
enum { CALLER, CALLEE };
enum { UNSENT, INVITED, BYE_SENT, DONE, FAILED };

typedef struct {
  double invited, hung_up;
  int state;
} Call;

static const char SDP[] =
    "v=0\r\no=user1 53655765 2353687637 IN IP4 127.0.2.1\r\ns=-\r\nc=IN IP4 127.0.2.1\r\nt=0 0\r\n"
    "m=audio 6000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n"
    "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n";
#define SDP_LENGTH ((int)sizeof SDP - 1)

static struct sockaddr_in proxy;
static int sockets[2];
static char out_bytes[2][BATCH][4096], in_bytes[BATCH][8192];
static struct mmsghdr out[2][BATCH], in[BATCH];
static struct iovec out_vector[2][BATCH], in_vector[BATCH];
static int queued[2];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static int ascending(const void *a, const void *b) {
  double x = *(const double *)a - *(const double *)b;
  return x < 0 ? -1 : x > 0;
}

static void flush(int side) {
  int done = 0;
  while (done < queued[side]) {
    int sent = sendmmsg(sockets[side], out[side] + done, queued[side] - done, 0);
    if (sent <= 0) break;
    done += sent;
  }
  queued[side] = 0;
}

// Where the next message of this side is written; `push` queues it.
static char *slot(int side) {
  if (queued[side] == BATCH) flush(side);
  return out_bytes[side][queued[side]];
}

static void push(int side, int length) { out_vector[side][queued[side]++].iov_len = length; }

// Copies every header line of that name, under another name where one is given. Gives back the length.
static int headers(char *to, const char *message, const char *name, const char *as) {
  int length = 0, name_length = strlen(name);
  const char *line = message;
  while ((line = strstr(line, "\r\n"))) {
    line += 2;
    if (*line == '\r') break;
    if (strncasecmp(line, name, name_length) || line[name_length] != ':') continue;
    const char *end = strstr(line, "\r\n");
    length += sprintf(to + length, "%s%.*s\r\n", as, (int)(end - line - name_length), line + name_length);
  }
  return length;
}

static int bound(const char *ip) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0), size = 4 << 20;
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(5060)};
  inet_aton(ip, &address.sin_addr);
  if (bind(fd, (void *)&address, sizeof address)) {
    perror(ip);
    exit(1);
  }
  return fd;
}

static int receive(int side) {
  int count = recvmmsg(sockets[side], in, BATCH, MSG_DONTWAIT, 0);
  for (int i = 0; i < count; i++) in_bytes[i][in[i].msg_len] = 0;
  return count;
}

static void invite(long id, int pid, const char *caller, const char *callee) {
  push(CALLER, sprintf(slot(CALLER),
                       "INVITE sip:callee@%s:5060 SIP/2.0\r\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bK-%d-%ld-0\r\n"
                       "From: \"Caller %ld\" <sip:caller%ld@%s:5060>;tag=f%ld\r\nTo: <sip:callee@%s:5060>\r\n"
                       "Call-ID: %ld-%d@%s\r\nCSeq: 1 INVITE\r\nContact: <sip:caller%ld@%s:5060>\r\nMax-Forwards: 70\r\n"
                       "User-Agent: bench-uac\r\nAllow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\nSubject: Performance Test\r\n"
                       "Content-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s",
                       callee, caller, pid, id, id, id, caller, id, callee, id, pid, caller, id, caller, SDP_LENGTH, SDP));
}

// ACK and BYE of an answered call, along its route set.
static void acknowledge_and_hang_up(const char *answer, long id, int pid, const char *caller, const char *callee) {
  char route[1500], to[400];
  route[headers(route, answer, "Record-Route", "Route")] = 0;
  to[headers(to, answer, "To", "To")] = 0;
  for (int bye = 0; bye < 2; bye++) {
    const char *method = bye ? "BYE" : "ACK";
    push(CALLER, sprintf(slot(CALLER),
                         "%s sip:callee@%s:5060 SIP/2.0\r\nVia: SIP/2.0/UDP %s:5060;branch=z9hG4bK-%d-%ld-%d\r\n%s"
                         "From: \"Caller %ld\" <sip:caller%ld@%s:5060>;tag=f%ld\r\n%sCall-ID: %ld-%d@%s\r\n"
                         "CSeq: %d %s\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
                         method, callee, caller, pid, id, 5 + bye, route, id, id, caller, id, to, id, pid, caller, 1 + bye, method));
  }
}

static void answer(const char *request, long tag, const char *callee) {
  char head[3000];
  int invite = request[0] == 'I', length = headers(head, request, "Via", "Via");
  if (invite) length += headers(head + length, request, "Record-Route", "Record-Route");
  length += headers(head + length, request, "From", "From");
  length += headers(head + length, request, "To", "To");
  if (invite) length += sprintf(head + length - 2, ";tag=t%ld\r\n", tag) - 2;
  length += headers(head + length, request, "Call-ID", "Call-ID");
  length += headers(head + length, request, "CSeq", "CSeq");
  sprintf(head + length, "Contact: <sip:callee@%s:5060>\r\n", callee);
  if (!invite) {
    push(CALLEE, sprintf(slot(CALLEE), "SIP/2.0 200 OK\r\n%sContent-Length: 0\r\n\r\n", head));
    return;
  }
  push(CALLEE, sprintf(slot(CALLEE), "SIP/2.0 180 Ringing\r\n%sContent-Length: 0\r\n\r\n", head));
  push(CALLEE, sprintf(slot(CALLEE), "SIP/2.0 200 OK\r\n%sContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", head,
                       SDP_LENGTH, SDP));
}

static double at(const double *sorted, long count, double share) {
  return count ? sorted[(long)(share * (count - 1))] * 1e6 : 0;
}

int main(int argc, char **argv) {
  if (argc < 8 || strncmp(argv[1], "127.", 4)) return 2;
  const char *caller = argv[3], *callee = argv[4];
  long calls = atol(argv[5]), window = atol(argv[6]);
  double rate = atof(argv[7]);
  int pid = getpid();
  proxy = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(atoi(argv[2]))};
  inet_aton(argv[1], &proxy.sin_addr);
  sockets[CALLER] = bound(caller);
  sockets[CALLEE] = bound(callee);
  for (int i = 0; i < BATCH; i++) {
    in_vector[i] = (struct iovec){in_bytes[i], sizeof in_bytes[i] - 1};
    in[i].msg_hdr = (struct msghdr){.msg_iov = &in_vector[i], .msg_iovlen = 1};
    for (int side = 0; side < 2; side++) {
      out_vector[side][i].iov_base = out_bytes[side][i];
      out[side][i].msg_hdr = (struct msghdr){
          .msg_name = &proxy, .msg_namelen = sizeof proxy, .msg_iov = &out_vector[side][i], .msg_iovlen = 1};
    }
  }
  Call *call = calloc(calls, sizeof *call);
  double *setup = malloc(calls * sizeof *setup), *release = malloc(calls * sizeof *release), start = now();
  long setups = 0, releases = 0, sent = 0, done = 0, failed = 0, oldest = 0, repeated = 0, tags = 0;

  while (done + failed < calls) {
    double t = now();
    while (sent < calls && sent - done - failed < window && (rate <= 0 || (t - start) * rate >= sent)) {
      long id = sent++;
      call[id] = (Call){.invited = t, .state = INVITED};
      invite(id, pid, caller, callee);
      if (rate <= 0 && queued[CALLER] == BATCH) break;
    }
    flush(CALLER);

    int count = receive(CALLEE);
    for (int i = 0; i < count; i++)
      if (strncmp(in_bytes[i], "ACK", 3) && strncmp(in_bytes[i], "SIP", 3)) answer(in_bytes[i], ++tags, callee);
    flush(CALLEE);

    count = receive(CALLER);
    t = now();
    for (int i = 0; i < count; i++) {
      const char *message = in_bytes[i], *call_id = strstr(message, "Call-ID: "), *cseq = strstr(message, "CSeq: ");
      if (strncmp(message, "SIP/2.0 ", 8) || message[8] == '1' || !call_id || !cseq) continue;
      long id = atol(call_id + 9);
      if (id < 0 || id >= calls) continue;
      Call *its = &call[id];
      int bye = atol(cseq + 6) == 2;
      if (message[8] != '2') {
        if (its->state < DONE) its->state = FAILED, failed++;
      } else if (bye && its->state == BYE_SENT) {
        its->state = DONE;
        release[releases++] = t - its->hung_up;
        done++;
      } else if (!bye && its->state == INVITED) {
        setup[setups++] = t - its->invited;
        acknowledge_and_hang_up(message, id, pid, caller, callee);
        its->state = BYE_SENT;
        its->hung_up = t;
      } else {
        repeated++;
      }
    }
    for (; oldest < sent && (call[oldest].state >= DONE || t - call[oldest].invited > GIVE_UP_S); oldest++)
      if (call[oldest].state < DONE) call[oldest].state = FAILED, failed++;
  }

  double elapsed = now() - start;
  qsort(setup, setups, sizeof *setup, ascending);
  qsort(release, releases, sizeof *release, ascending);
  printf("{\"calls\":%ld,\"ok\":%ld,\"failed\":%ld,\"dup\":%ld,\"elapsed_s\":%.2f,\"cps\":%.0f,"
         "\"rt1_us_p50\":%.0f,\"rt1_us_p99\":%.0f,\"rt2_us_p50\":%.0f,\"rt2_us_p99\":%.0f}\n",
         calls, done, failed, repeated, elapsed, done / elapsed, at(setup, setups, .5), at(setup, setups, .99),
         at(release, releases, .5), at(release, releases, .99));
}
