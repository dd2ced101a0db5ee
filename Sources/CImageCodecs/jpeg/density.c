// The resolution as JFIF has it.
#include "jpeg.h"
#include <math.h>

/// Scales two numbers so that both fit into 16 bits. Their ratio stays about the same.
static void fit(double *x, double *y) {
    double scale = fmax(*x, *y) > UINT16_MAX ? UINT16_MAX / fmax(*x, *y) : 1;
    *x *= scale;
    *y *= scale;
    while ((fabs(*x - round(*x)) > 0.01 || fabs(*y - round(*y)) > 0.01) && fmax(*x, *y) * 10 <= UINT16_MAX) {
        *x *= 10;
        *y *= 10;
    }
}

/// Formats that count in whole metres round by less than this.
static bool is_whole(double number) { return fabs(number - round(number)) <= 0.02; }

/// Changes the unit if the numbers are whole in the other unit: 118.11 pixels a centimetre are 300 an inch.
static void choose_unit(twc_density *density) {
    if (density->unit == TWC_UNIT_NONE || (is_whole(density->x) && is_whole(density->y))) return;
    bool is_inch = density->unit == TWC_UNIT_INCH;
    double x = is_inch ? density->x / 2.54 : density->x * 2.54, y = is_inch ? density->y / 2.54 : density->y * 2.54;
    if (!is_whole(x) || !is_whole(y) || x < 1 || y < 1) return;
    *density = (twc_density){x, y, is_inch ? TWC_UNIT_CENTIMETRE : TWC_UNIT_INCH};
}

void twc_jpeg_write_density(twc_jpeg_writer *writer) {
    twc_density density = writer->common.options.density;
    j_compress_ptr library = &writer->library;
    if (!(density.x > 0) || !(density.y > 0)) return;
    if (density.unit == TWC_UNIT_NONE) fit(&density.x, &density.y);
    choose_unit(&density);
    double x = round(density.x), y = round(density.y);
    if (x < 1 || y < 1 || x > UINT16_MAX || y > UINT16_MAX) {
        twc_note(&writer->common.notes, "the resolution of %g×%g cannot be held by JFIF and was left out", density.x,
            density.y);
        return;
    }
    if (!is_whole(density.x) || !is_whole(density.y))
        twc_note(&writer->common.notes,
            "the resolution of %g×%g was rounded to %g×%g, as JFIF holds whole numbers only", density.x, density.y, x, y);
    library->density_unit = density.unit == TWC_UNIT_INCH ? 1 : density.unit == TWC_UNIT_CENTIMETRE ? 2 : 0;
    library->X_density = (UINT16)x;
    library->Y_density = (UINT16)y;
}
