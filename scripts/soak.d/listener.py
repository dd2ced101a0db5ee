"""A client that follows the live channel for a while and leaves, sometimes without a close frame."""

import base64
import http.client
import os
import socket
import struct


def listen(address, key, random, stop, job=None):
    """Reads messages for some seconds. Returns their number."""
    host, _, port = address.partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    try:
        connection.connect()
        # The response of an upgrade has no end for which http.client could wait, so the socket is read directly.
        wire = connection.sock
        nonce = base64.b64encode(os.urandom(16)).decode()
        query = f"?job={job}" if job else ""
        wire.sendall((
            f"GET /api/v1/events{query} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {nonce}\r\n"
            f"Authorization: Bearer {key}\r\n\r\n").encode())
        stream = wire.makefile("rb")
        status = stream.readline().split()[1:2]
        while stream.readline().strip():
            pass
        if status != [b"101"]:
            raise OSError(f"the live channel was answered with {status}")
        count = 0
        wanted = random.randint(1, 200)
        while count < wanted and not stop.is_set():
            kind, payload = _frame(stream)
            if kind == 8:
                return count
            if kind == 9:
                _send(wire, 10, payload)
            count += kind == 1
        if random.random() < 0.5:
            _send(wire, 8, struct.pack(">H", 1000))
            while _frame(stream)[0] != 8:
                pass
        else:
            wire.shutdown(socket.SHUT_RDWR)
        return count
    finally:
        connection.close()


def _frame(stream):
    first, second = _exactly(stream, 2)
    length = second & 0x7F
    if length >= 126:
        length = int.from_bytes(_exactly(stream, 2 if length == 126 else 8), "big")
    return first & 0x0F, _exactly(stream, length)


def _exactly(stream, count):
    data = stream.read(count)
    if len(data) < count:
        raise OSError("the live channel broke off")
    return data


def _send(wire, kind, payload):
    mask = os.urandom(4)
    masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
    wire.sendall(bytes([0x80 | kind, 0x80 | len(payload)]) + mask + masked)
