"""Valid requests, from which the fuzzer of HTTP makes others: bytes of HTTP/1.1, frames of HTTP/2, and forms."""

import struct
import zlib

HOST = b"Host: 127.0.0.1\r\n"
JOB = b"019aa2f3-5c1e-7b60-9d5e-0f4a6c1b2d3e"
READS = [
    b"/", b"/dashboard", b"/jobs/" + JOB, b"/openapi.yaml", b"/openapi.json", b"/api", b"/livez", b"/readyz", b"/login", b"/login/oidc",
    b"/login/oidc/callback?code=a&state=b", b"/assets/x/styles/base.css", b"/api/v1/jobs?status=completed&search=a&limit=3",
    b"/api/v1/jobs?cursor=" + JOB, b"/api/v1/workers", b"/api/v1/transforms", b"/api/v1/statistics", b"/api/v1/limits",
    b"/api/v1/cluster", b"/api/v1/me", b"/api/v1/keys", b"/api/v1/sample",
    *(b"/api/v1/jobs/" + JOB + rest for rest in (
        b"", b"?wait=0", b"/tiles", b"/preview", b"/source", b"/result", b"/result/region?x=0&y=0&w=8&h=8&max=64",
        b"/source/region?max=300&page=1&format=png")),
]


def png(side=64):
    """A small gray image."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes((x * y) & 255 for x in range(side)) for y in range(side))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def form(boundary=b"frontier", image=None):
    """A form as browsers send it, with some unusual, valid fields."""
    parts = [
        (b'form-data; name="transforms"', b"", b"invert"),
        (b"form-data; name=format", b"Content-Type: text/plain\r\n", b"png"),
        (b'form-data; name="file"; filename="a \xc3\xa9\\"%22.png"', b"Content-Type: image/png\r\n", image or b"\r\n--front"),
    ]
    body = b"preamble\r\n"
    for disposition, more, value in parts:
        body += b"--" + boundary + b" \t\r\nContent-Disposition: " + disposition + b"\r\n" + more + b"\r\n" + value + b"\r\n"
    return body + b"--" + boundary + b"--\r\nepilogue"


def forms():
    """Messages for the parser alone, with the boundary that its harness expects."""
    whole = form()
    extended = whole.replace(b'filename="a', b"filename*=UTF-8'en'a%20%C3%A9; filename=\"a")
    return [whole, extended, whole.replace(b"preamble\r\n", b""), form(image=b""), form(image=bytes(range(256)) * 3),
            b"--frontier--", b"multipart/form-data; boundary=\"a b\"; charset=utf-8",
            whole.replace(b"Content-Type: text/plain", b"Content-Transfer-Encoding: binary")]


def http1(key):
    """Requests of every kind, each complete."""
    def request(method, target, fields=b"", body=b""):
        return method + b" " + target + b" HTTP/1.1\r\n" + HOST + fields + b"\r\n" + body

    def sized(body, fields):
        return fields + b"Content-Length: %d\r\n" % len(body), body

    def chunked(body, fields):
        half = len(body) // 2
        pieces = b"".join(b"%x;a=b\r\n%s\r\n" % (len(piece), piece) for piece in (body[:half], body[half:]) if piece)
        return fields + b"Transfer-Encoding: chunked\r\n", pieces + b"0\r\nX-Trailer: a\r\n\r\n"

    bearer = b"Authorization: Bearer " + key + b"\r\n"
    json = b"Content-Type: application/json\r\n"
    multipart = b"Content-Type: multipart/form-data; boundary=frontier\r\n"
    log_in = b"Content-Type: application/x-www-form-urlencoded\r\n"
    found = [request(b"GET", target) for target in READS]
    found += [request(b"GET", target, bearer + b"If-None-Match: \"a\"\r\nRange: bytes=0-9\r\n") for target in READS]
    found += [request(b"HEAD", b"/api/v1/jobs", b"Cookie: tilework=a; b=c\r\n"), request(b"OPTIONS", b"*"),
              request(b"GET", b"http://127.0.0.1/livez"), request(b"DELETE", b"/api/v1/jobs/" + JOB, bearer),
              request(b"POST", b"/api/v1/jobs/" + JOB + b"/cancel", bearer + b"Origin: http://127.0.0.1\r\n"),
              request(b"POST", b"/api/v1/workers/worker-9/drain", bearer), request(b"POST", b"/logout"),
              request(b"GET", b"/api/v1/events", bearer + b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
                      b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
                      # A text, a ping and a close, masked as clients mask them.
                      b"\x81\x82\0\0\0\0{}\x89\x80\0\0\0\0\x88\x82\0\0\0\0\x03\xe8")]
    bodies = [(b"/api/v1/jobs", multipart, form(image=png())), (b"/api/v1/jobs?transforms=nothing", b"", png()),
              (b"/api/v1/preview?transforms=invert&x=1&y=1&w=9&h=9", b"Content-Type: image/png\r\n", png()),
              (b"/api/v1/keys", json, b'{"name": "a", "role": "viewer", "expires": "1d"}'),
              (b"/api/v1/keys/a/rotate", json, b'{"overlap": "0"}'),
              (b"/login", log_in, b"key=" + key + b"&next=%2Fdashboard")]
    for target, fields, body in bodies:
        for framed in (sized, chunked):
            found.append(request(b"POST", target, *framed(body, bearer + b"Expect: 100-continue\r\n" + fields)))
            found.append(request(b"POST", target, *framed(body, fields)))
    return found


def http2(key):
    """Connections of HTTP/2, each with some requests. Header blocks do not use HPACK's tables."""
    def frame(kind, flags, stream, payload=b""):
        return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload

    def field(name, value):
        # Lengths beyond 126 need a second byte.
        length = bytes([len(value)]) if len(value) < 127 else b"\x7f" + bytes([len(value) - 127])
        return b"\0" + bytes([len(name)]) + name + length + value

    def head(stream, method, path, *fields, ends=True):
        block = b"".join(field(*each) for each in (
            (b":method", method), (b":scheme", b"https"), (b":authority", b"127.0.0.1"), (b":path", path), *fields))
        return frame(1, 4 | ends, stream, block)

    start = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, struct.pack(">HIHI", 3, 50, 4, 1 << 20)) + frame(4, 1, 0)
    bearer = (b"authorization", b"Bearer " + key)
    found = [start + head(1, b"GET", path[:100], bearer) + frame(6, 0, 0, bytes(8)) for path in READS]
    body = form(image=png())
    kind = (b"content-type", b"multipart/form-data; boundary=frontier")
    found += [
        start + head(1, b"POST", b"/api/v1/jobs", bearer, kind, ends=False) + frame(0, 0, 1, body[:99])
        + frame(0, 1, 1, body[99:]),
        start + head(1, b"POST", b"/api/v1/preview", bearer, ends=False) + frame(0, 8, 1, b"\3" + png()[:50] + bytes(3))
        + frame(3, 0, 1, struct.pack(">I", 8)) + head(3, b"GET", b"/livez"),
        start + frame(1, 1, 1, b"\x82\x87\x84") + frame(9, 4, 1, b"\x41\x09127.0.0.1") + frame(8, 0, 0, struct.pack(">I", 9)),
        start + b"".join(head(stream, b"GET", b"/livez") for stream in range(1, 40, 2)) + frame(7, 0, 0, bytes(8)),
    ]
    return found
