// MD5 (RFC 1321). It names the extension of an XMP packet. It is not secure, so it is used for nothing else.
#include "jpeg.h"
#include <math.h>
#include <string.h>

static uint32_t rotate(uint32_t value, int count) { return value << count | value >> (32 - count); }

static void mix(uint32_t state[4], const uint8_t *block) {
    static const int shifts[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    for (int step = 0; step < 64; step++) {
        uint32_t mixed;
        int word;
        switch (step / 16) {
            case 0: mixed = (b & c) | (~b & d); word = step; break;
            case 1: mixed = (b & d) | (c & ~d); word = 5 * step + 1; break;
            case 2: mixed = b ^ c ^ d; word = 3 * step + 5; break;
            default: mixed = c ^ (b | ~d); word = 7 * step; break;
        }
        uint32_t constant = (uint32_t)(fabs(sin(step + 1)) * 4294967296.0);
        uint32_t sum = a + mixed + constant + twc_le32(block + 4 * (word % 16));
        a = d;
        d = c;
        c = b;
        b += rotate(sum, shifts[step / 16][step % 4]);
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

void twc_jpeg_md5(const uint8_t *bytes, size_t count, uint8_t digest[16]) {
    uint32_t state[4] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476};
    size_t at = 0;
    for (; count - at >= 64; at += 64) mix(state, bytes + at);
    // The remaining bytes, one set bit, zeros, and the length in bits.
    uint8_t last[128] = {0};
    size_t rest = count - at, length = rest < 56 ? 64 : 128;
    if (rest) memcpy(last, bytes + at, rest);
    last[rest] = 0x80;
    uint64_t bits = (uint64_t)count * 8;
    for (int index = 0; index < 8; index++) last[length - 8 + (size_t)index] = (uint8_t)(bits >> 8 * index);
    for (size_t block = 0; block < length; block += 64) mix(state, last + block);
    for (int index = 0; index < 16; index++) digest[index] = (uint8_t)(state[index / 4] >> 8 * (index % 4));
}
