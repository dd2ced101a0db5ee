"""Kafka's types in their older form, which is not compact."""

import struct


class Reader:
    """Reads types from bytes."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        (value,) = struct.unpack_from(">" + form, self.data, self.at)
        self.at += struct.calcsize(">" + form)
        return value

    def string(self):
        count = self.take("h")
        if count < 0:
            return None
        self.at += count
        return self.data[self.at - count : self.at].decode()

    def bytes(self):
        count = max(0, self.take("i"))
        self.at += count
        return self.data[self.at - count : self.at]

    def array(self, item):
        return [item() for _ in range(self.take("i"))]

    def rest(self):
        return self.data[self.at :]


class Writer:
    """Writes types as bytes."""

    def __init__(self):
        self.data = bytearray()

    def put(self, form, *values):
        self.data += struct.pack(">" + form, *values)
        return self

    def string(self, text):
        data = None if text is None else text.encode()
        self.put("h", -1 if data is None else len(data))
        self.data += data or b""
        return self

    def bytes(self, data):
        self.put("i", len(data))
        self.data += data
        return self

    def array(self, items, write):
        self.put("i", len(items))
        for item in items:
            write(item)
        return self
