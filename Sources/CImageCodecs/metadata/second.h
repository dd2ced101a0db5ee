#ifndef TILEWORK_SECOND_H
#define TILEWORK_SECOND_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Lists those fields of an EXIF block's second directory that the first one does not have and that do not describe the
/// thumbnail, for example a position: "34853". "" if there are none.
void twc_exif_second_fields(const uint8_t *bytes, size_t count, char *list, size_t capacity);

#ifdef __cplusplus
}
#endif
#endif
