// Sets fields of fractions. libtiff takes them as numbers, and computes fractions from them again when it writes.
#include "tiffwriter.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/// Converts a fraction to a number. False if it has no value, or if libtiff would write another fraction.
static bool number_of(const uint8_t *bytes, bool is_signed, double *number) {
    uint32_t pair[2];
    memcpy(pair, bytes, sizeof pair);
    if (!pair[1]) return false;
    *number = is_signed ? (double)(int32_t)pair[0] / (int32_t)pair[1] : (double)pair[0] / pair[1];
    // As a float, the largest numbers would exceed 32 bits, and the smallest would become 0.
    return *number == 0 || (fabs(*number) >= 1e-6 && fabs(*number) < (is_signed ? 2147483000.0 : 4294967000.0));
}

bool twc_tiff_set_fractions(TIFF *tiff, const TIFFField *field, uint32_t count, const uint8_t *bytes) {
    uint32_t tag = TIFFFieldTag(field);
    bool is_signed = TIFFFieldDataType(field) == TIFF_SRATIONAL, is_double = TIFFFieldSetGetSize(field) == 8;
    int wanted = TIFFFieldWriteCount(field);
    bool is_counted = TIFFFieldPassCount(field);
    if (is_counted ? wanted == TIFF_VARIABLE && count > UINT16_MAX : wanted < 1 || count != (uint32_t)wanted)
        return false;
    double *doubles = calloc(count, sizeof *doubles);
    float *floats = calloc(count, sizeof *floats);
    bool is_set = doubles && floats;
    for (uint32_t index = 0; index < count && is_set; index++) {
        is_set = number_of(bytes + (size_t)index * 8, is_signed, &doubles[index]);
        floats[index] = (float)doubles[index];
    }
    const void *values = is_double ? (const void *)doubles : floats;
    if (!is_set) {
        // There is nothing to set.
    } else if (is_counted) {
        // A count of 16 bits is passed as an int.
        is_set = TIFFSetField(tiff, tag, count, values);
    } else {
        is_set = wanted == 1 ? TIFFSetField(tiff, tag, doubles[0]) : TIFFSetField(tiff, tag, values);
    }
    free(doubles);
    free(floats);
    return is_set;
}
