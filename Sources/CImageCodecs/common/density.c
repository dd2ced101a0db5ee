#include "density.h"
#include <math.h>

static double inches_of(uint32_t metres) { return floor(metres * 0.0254 + 0.5); }

static bool is_whole_inches(uint32_t metres) {
    return inches_of(metres) >= 1 && floor(inches_of(metres) / 0.0254 + 0.5) == metres;
}

twc_density twc_density_of_metres(uint32_t x, uint32_t y) {
    if (!x || !y) return (twc_density){0};
    // 600 dots an inch are stored as 23622 a metre. Converting that back to whole inches gives the user's number, and
    // avoids a second rounding.
    if (is_whole_inches(x) && is_whole_inches(y)) return (twc_density){inches_of(x), inches_of(y), TWC_UNIT_INCH};
    return (twc_density){x / 100.0, y / 100.0, TWC_UNIT_CENTIMETRE};
}

void twc_note_density(twc_notes *notes, twc_density density, const char *format) {
    static const char *const units[] = {"", " dots an inch", " pixels a centimetre"};
    if (density.x > 0 && density.y > 0)
        twc_note(notes, "the resolution of %g×%g%s was left out: %s has no place for it", density.x, density.y,
            units[density.unit], format);
}

bool twc_density_to_metres(twc_density density, uint32_t *x, uint32_t *y) {
    double scale = density.unit == TWC_UNIT_INCH ? 1 / 0.0254 : 100;
    double metres_x = floor(density.x * scale + 0.5), metres_y = floor(density.y * scale + 0.5);
    *x = *y = 0;
    if (density.unit == TWC_UNIT_NONE || !(metres_x >= 1 && metres_x <= INT32_MAX)
        || !(metres_y >= 1 && metres_y <= INT32_MAX))
        return false;
    *x = (uint32_t)metres_x;
    *y = (uint32_t)metres_y;
    return true;
}
