// Multiplies colors by alpha and divides them by it, in integers.
#include "color.h"

// ceil(2^24 / alpha) for each 8-bit alpha; 0 for an alpha of 0. If a color is at most its alpha, then the product of
// this number and (255 * color + alpha / 2) fits into 32 bits, and its upper 8 bits are exactly the quotient.
#define INVERSE(a) ((a) ? ((1u << 24) + (a) - 1u) / ((a) + !(a)) : 0u)
#define INVERSE_4(a) INVERSE(a), INVERSE((a) + 1), INVERSE((a) + 2), INVERSE((a) + 3)
#define INVERSE_16(a) INVERSE_4(a), INVERSE_4((a) + 4), INVERSE_4((a) + 8), INVERSE_4((a) + 12)
#define INVERSE_64(a) INVERSE_16(a), INVERSE_16((a) + 16), INVERSE_16((a) + 32), INVERSE_16((a) + 48)
static const uint32_t inverses[256] = {INVERSE_64(0u), INVERSE_64(64u), INVERSE_64(128u), INVERSE_64(192u)};

static void divide8(uint8_t *pixel, size_t pixels) {
    for (const uint8_t *end = pixel + 4 * pixels; pixel < end; pixel += 4) {
        uint32_t alpha = pixel[3], inverse = inverses[alpha], half = alpha / 2;
        if (alpha == 255) continue;
        for (int channel = 0; channel < 3; channel++) {
            uint32_t color = pixel[channel] < alpha ? pixel[channel] : alpha;
            pixel[channel] = (uint8_t)((255 * color + half) * inverse >> 24);
        }
    }
}

static void divide16(uint16_t *pixel, size_t pixels) {
    for (const uint16_t *end = pixel + 4 * pixels; pixel < end; pixel += 4) {
        uint64_t alpha = pixel[3], half = alpha / 2;
        if (alpha == 65535) continue;
        // The same as for 8 bits, with 2^48 and 64 bits.
        uint64_t inverse = alpha ? ((1ull << 48) + alpha - 1) / alpha : 0;
        for (int channel = 0; channel < 3; channel++) {
            uint64_t color = pixel[channel] < alpha ? pixel[channel] : alpha;
            pixel[channel] = (uint16_t)((65535 * color + half) * inverse >> 48);
        }
    }
}

void twc_alpha_divide(void *bgra, size_t pixels, uint32_t depth) {
    if (depth == 8) divide8(bgra, pixels);
    else divide16(bgra, pixels);
}

static void multiply8(uint8_t *pixel, size_t pixels) {
    for (const uint8_t *end = pixel + 4 * pixels; pixel < end; pixel += 4)
        for (int channel = 0; channel < 3; channel++)
            pixel[channel] = (uint8_t)twc_divide255((uint32_t)pixel[channel] * pixel[3]);
}

static void multiply16(uint16_t *pixel, size_t pixels) {
    for (const uint16_t *end = pixel + 4 * pixels; pixel < end; pixel += 4)
        for (int channel = 0; channel < 3; channel++)
            pixel[channel] = (uint16_t)twc_divide65535((uint32_t)pixel[channel] * pixel[3]);
}

void twc_alpha_multiply(void *bgra, size_t pixels, uint32_t depth) {
    if (depth == 8) multiply8(bgra, pixels);
    else multiply16(bgra, pixels);
}
