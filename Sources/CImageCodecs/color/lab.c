// Converts CIE L*a*b* into sRGB by the formulas. lcms2 gives the same result, but converts only one megapixel a second.
// With its optimizations it interpolates in a table, with errors of up to 36 of 255.
#include "../common/codec.h"
#include <math.h>
#include <stdlib.h>

/// Steps of the tone curve. It is taken as straight between them; the error is at most 0.1 of 65535.
enum { STEPS = 1 << 14 };

struct twc_lab {
    uint32_t depth;
    float curve[STEPS + 2];
};

/// From XYZ relative to white (D50) to the primaries of sRGB. Their white point D65 is adapted by Bradford's matrix.
static const float primaries[3][3] = {
    {3.0219825f, -1.6172090f, -0.4047735f},
    {-0.9437093f, 1.9161301f, 0.0275792f},
    {0.0693876f, -0.2289939f, 1.1596063f}};

twc_lab *twc_lab_open(uint32_t depth) {
    twc_lab *lab = malloc(sizeof *lab);
    if (!lab) return NULL;
    lab->depth = depth;
    for (int step = 0; step < STEPS + 2; step++) {
        double light = (double)step / STEPS;
        double tone = light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055;
        lab->curve[step] = (float)(tone * (depth == 8 ? 255 : 65535));
    }
    return lab;
}

void twc_lab_close(twc_lab *lab) { free(lab); }

/// The inverse of the function by which L* is defined.
static inline float light_of(float value) {
    const float knee = 6.0f / 29;
    return value > knee ? value * value * value : 3 * knee * knee * (value - 4.0f / 29);
}

static inline uint32_t tone_of(const twc_lab *lab, float light) {
    float place = light * STEPS;
    if (!(place > 0)) return 0;
    if (place >= STEPS) return lab->depth == 8 ? 255 : 65535;
    int step = (int)place;
    float low = lab->curve[step], high = lab->curve[step + 1];
    return (uint32_t)(low + (high - low) * (place - (float)step) + 0.5f);
}

void twc_lab_to_bgr(const twc_lab *lab, const uint16_t *colors, void *bgr, size_t pixels) {
    for (size_t index = 0; index < pixels; index++, colors += 3) {
        float y = ((float)colors[0] * (100.0f / 65535) + 16) / 116;
        float x = y + ((float)colors[1] / 257 - 128) / 500, z = y - ((float)colors[2] / 257 - 128) / 200;
        const float lights[3] = {light_of(x), light_of(y), light_of(z)};
        for (int channel = 0; channel < 3; channel++) {
            const float *row = primaries[2 - channel];
            uint32_t tone = tone_of(lab, row[0] * lights[0] + row[1] * lights[1] + row[2] * lights[2]);
            if (lab->depth == 8) ((uint8_t *)bgr)[index * 3 + (size_t)channel] = (uint8_t)tone;
            else ((uint16_t *)bgr)[index * 3 + (size_t)channel] = (uint16_t)tone;
        }
    }
}
