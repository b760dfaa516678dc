"""What the parts of one harness run share: its settings and events (H), the clock, identifiers."""
import random, time

now = time.monotonic
SDP = b'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n'
_id = 0


def rid(n=8):
    """an identifier, never the same twice in a run"""
    global _id
    _id += 1
    return '%x%0*x' % (_id, n, random.getrandbits(4 * n))


class H:
    """global state of one run, set up by harness.main"""
