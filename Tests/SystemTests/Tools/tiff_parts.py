"""Parts of TIFF files that demand much, for bombs.py."""

import struct


def tiff(width, height, compression, data, bits=8, rows=None, tile=None, planes=False, more=(), samples=3, again=1,
         last=None):
    """A little-endian file. `again`: the number of strips or tiles with this same data; `last`: the bytes of the last
    one."""
    counts = [len(data)] * (again - 1) + [last or len(data)]
    entries = [(256, 4, [width]), (257, 4, [height]), (258, 3, [bits] * samples), (259, 3, [compression]),
               (262, 3, [{3: 2, 4: 5}.get(samples, 1)]), (277, 3, [samples]), (284, 3, [2 if planes else 1])]
    if tile:
        entries += [(322, 4, [tile]), (323, 4, [tile]), (324, 4, [8] * again), (325, 4, counts)]
    else:
        entries += [(273, 4, [8] * again), (278, 4, [rows or height]), (279, 4, counts)]
    entries = sorted(entries + list(more))
    data += b"\0" * (len(data) % 2)
    at = 8 + len(data)
    values = b""
    table = b""
    beyond = at + 2 + 12 * len(entries) + 4
    for tag, kind, numbers in entries:
        packed = b"".join(struct.pack("<H" if kind == 3 else "<I", number) for number in numbers)
        if len(packed) > 4:
            offset, values = beyond + len(values), values + packed + b"\0" * (len(packed) % 2)
            packed = struct.pack("<I", offset)
        table += struct.pack("<HHI", tag, kind, len(numbers)) + packed.ljust(4, b"\0")
    return b"II*\0" + struct.pack("<I", at) + data + struct.pack("<H", len(entries)) + table + bytes(4) + values


def zstd(count):
    """A frame of blocks that each repeat one zero."""
    blocks, size = [], 128 << 10
    while count:
        part = min(size, count)
        count -= part
        blocks.append(struct.pack("<I", part << 3 | 1 << 1 | (count == 0))[:3] + b"\0")
    # A window of 2^17 bytes, without a size and a checksum.
    return b"\x28\xb5\x2f\xfd\x00" + bytes([7 << 3]) + b"".join(blocks)


def lzw(count):
    """Codes in ascending order: each stands for one zero more than the last. Clear codes start again."""
    bits, done, width = [], 0, 9
    while done < count:
        bits.append(f"{256:0{width}b}")
        width, length, code = 9, 1, 257
        while done < count and code < 4094:
            number = 0 if length == 1 else code
            code += 1
            bits.append(f"{number:0{width}b}")
            done += length
            length += 1
            if code in (511, 1023, 2047):
                width += 1
    text = "".join(bits)
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big")


def lerc(width, height):
    """Limited Error Raster Compression, version 2. All pixels are zero, which takes no data."""
    size = 6 + 4 + 6 * 4 + 3 * 8 + 4
    return (b"Lerc2 " + struct.pack("<7I", 2, height, width, width * height, 8, size, 1)
            + struct.pack("<3dI", 0, 0, 0, 0))


def jbig(width, height, data):
    """Typical prediction: a line like the previous one takes one decision. Zeros behind the data count as well."""
    return struct.pack(">BBBBIIIBBBB", 0, 0, 1, 0, width, height, height, 0, 0, 3, 8) + data + b"\xff\x02"


def profile(points):
    """A CMYK profile whose table claims this many points on each of its four axes, without their data."""
    table = b"mft1" + bytes(4) + bytes([4, 3, points, 0]) + struct.pack(">9I", *[65536, 0, 0, 0] * 2, 65536)
    table += bytes(range(256)) * 4 + bytes(-len(table) % 4)
    tags = struct.pack(">I4sII", 1, b"A2B0", 144, len(table))
    header = struct.pack(">I4sI4s4s4s", 144 + len(table), b"lcms", 0x02400000, b"prtr", b"CMYK", b"Lab ")
    header += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3I", 0xF6D6, 0x10000, 0xD32D)
    return header.ljust(128, b"\0") + tags + table


def directories(count, side):
    """A chain of pages without data."""
    parts = [b"II*\0" + struct.pack("<I", 8)]
    size = 2 + 12 * 8 + 4
    for index in range(count):
        following = 8 + (index + 1) * size if index + 1 < count else 8
        entries = [(256, 3, 1, side), (257, 3, 1, side), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1),
                   (273, 4, 1, 0), (278, 3, 1, 1), (279, 4, 1, 1)]
        parts += [struct.pack("<H", 8), *(struct.pack("<HHII", *entry) for entry in entries),
                  struct.pack("<I", following)]
    return b"".join(parts)
