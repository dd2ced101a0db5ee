// Rows as PNG stores them.
#ifndef TILEWORK_PNG_STORED_H
#define TILEWORK_PNG_STORED_H

#include "../common/codec.h"

/// Turns a row into RGB, or gray with alpha, most significant byte first, in place.
void twc_png_store_row(const twc_writer_options *options, uint8_t *row);

#endif
