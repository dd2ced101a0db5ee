// Resolution, written as JFIF.
#include "jpeg.h"
#include <math.h>

/// Shrinks a ratio so that both numbers fit into 16 bits.
static void fit(double *x, double *y) {
    double scale = fmax(*x, *y) > UINT16_MAX ? UINT16_MAX / fmax(*x, *y) : 1;
    *x *= scale;
    *y *= scale;
    while ((fabs(*x - round(*x)) > 0.01 || fabs(*y - round(*y)) > 0.01) && fmax(*x, *y) * 10 <= UINT16_MAX) {
        *x *= 10;
        *y *= 10;
    }
}

void twc_jpeg_write_density(twc_jpeg_writer *writer) {
    twc_density density = writer->common.options.density;
    j_compress_ptr library = &writer->library;
    if (!(density.x > 0) || !(density.y > 0)) return;
    if (density.unit == TWC_UNIT_NONE) fit(&density.x, &density.y);
    double x = round(density.x), y = round(density.y);
    if (x < 1 || y < 1 || x > UINT16_MAX || y > UINT16_MAX) {
        twc_note(&writer->common.notes, "the resolution of %g×%g cannot be held by JFIF and was left out", density.x,
            density.y);
        return;
    }
    // Metres of other formats make a difference of less than this.
    if (fabs(x - density.x) > 0.02 || fabs(y - density.y) > 0.02)
        twc_note(&writer->common.notes,
            "the resolution of %g×%g was rounded to %g×%g, as JFIF holds whole numbers only", density.x, density.y, x, y);
    library->density_unit = density.unit == TWC_UNIT_INCH ? 1 : density.unit == TWC_UNIT_CENTIMETRE ? 2 : 0;
    library->X_density = (UINT16)x;
    library->Y_density = (UINT16)y;
}
