// The header of BMP files, from OS/2 1.x to version 5 of Windows.
#include "bmp_reader.h"
#include <string.h>

static bool is_os2(uint32_t header_bytes) { return header_bytes < 40 || header_bytes == 64; }

/// Checks that the reader knows the compression. The message names a kind that is refused.
static twc_status check_kind(const twc_bmp_reader *reader) {
    uint32_t bits = reader->bits;
    bool is_sound = false;
    switch (reader->compression) {
        case TWC_BMP_JPEG: return twc_failure(TWC_UNSUPPORTED, "a BMP file with an embedded JPEG image cannot be read");
        case TWC_BMP_PNG: return twc_failure(TWC_UNSUPPORTED, "a BMP file with an embedded PNG image cannot be read");
        case TWC_BMP_HUFFMAN:
            return twc_failure(TWC_UNSUPPORTED, "a BMP file with Huffman codes of OS/2 cannot be read");
        case TWC_BMP_RLE24: return twc_failure(TWC_UNSUPPORTED, "a BMP file with 24-bit RLE of OS/2 cannot be read");
        case 11:
        case 12:
        case 13: return twc_failure(TWC_UNSUPPORTED, "a CMYK BMP file cannot be read");
        case TWC_BMP_RGB:
            if (bits == 64) return twc_failure(TWC_UNSUPPORTED, "a BMP file of 64 bits a pixel cannot be read");
            is_sound = bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32;
            break;
        case TWC_BMP_RLE8: is_sound = bits == 8; break;
        case TWC_BMP_RLE4: is_sound = bits == 4; break;
        case TWC_BMP_FIELDS:
        case TWC_BMP_ALPHA_FIELDS: is_sound = bits == 16 || bits == 24 || bits == 32; break;
        default:
            return twc_failure(TWC_UNSUPPORTED, "a BMP file with compression %u cannot be read", reader->compression);
    }
    return is_sound ? twc_ok()
        : twc_damage(0, "the header says %u bits a pixel with compression %u; no BMP file has these", bits, reader->compression);
}

/// Compares the size of the pixels with the file's.
static twc_status check_data(twc_bmp_reader *reader) {
    const twc_info *info = &reader->common.info;
    uint64_t size = reader->common.source.size, left = size > reader->data ? size - reader->data : 0;
    reader->used_bytes = ((size_t)info->width * reader->bits + 7) / 8;
    reader->row_bytes = (reader->used_bytes + 3) & ~(size_t)3;
    if (reader->compression == TWC_BMP_RLE8 || reader->compression == TWC_BMP_RLE4) {
        reader->row_bytes = reader->used_bytes = info->width;
        return left ? twc_ok() : twc_damage(0, "pixel data is missing: the file ends before it");
    }
    uint64_t rows = left / reader->row_bytes + (left % reader->row_bytes >= reader->used_bytes);
    if (rows < info->height && !reader->is_top_down)
        return twc_damage(0, "pixel data ends early: the upper %llu of %u rows are missing",
            (unsigned long long)(info->height - rows), info->height);
    if (rows < info->height)
        return twc_damage((int64_t)rows, "pixel data ends at row %llu of %u", (unsigned long long)rows, info->height);
    reader->end = reader->data + reader->row_bytes * info->height;
    if (reader->end > size)
        twc_note(&reader->common.notes, "the last row is not padded to four bytes; all pixels are there");
    return twc_ok();
}

/// Reads the size of the image. The first header of OS/2 has 16 bits for each side.
static twc_status take_size(twc_bmp_reader *reader, const uint8_t *header) {
    twc_info *info = &reader->common.info;
    int64_t width, height;
    if (reader->header_bytes == 12) {
        width = twc_le16(header + 4);
        height = twc_le16(header + 6);
        reader->bits = twc_le16(header + 10);
    } else {
        width = (int32_t)twc_le32(header + 4);
        height = (int32_t)twc_le32(header + 8);
        reader->bits = twc_le16(header + 14);
        reader->compression = twc_le32(header + 16);
        if (is_os2(reader->header_bytes) && reader->compression == 3 && reader->bits == 1)
            reader->compression = TWC_BMP_HUFFMAN;
        if (is_os2(reader->header_bytes) && reader->compression == 4 && reader->bits == 24)
            reader->compression = TWC_BMP_RLE24;
    }
    twc_status status = check_kind(reader);
    if (status.code) return status;
    if (width < 0) return twc_damage(0, "the header says a negative width");
    reader->is_top_down = height < 0;
    if (height < 0) height = -height;
    status = twc_check_size(&reader->common.options, (uint64_t)width, (uint64_t)height);
    info->width = info->block_width = (uint32_t)width;
    info->height = (uint32_t)height;
    return status;
}

twc_status twc_bmp_header(twc_bmp_reader *reader) {
    twc_source *source = &reader->common.source;
    twc_info *info = &reader->common.info;
    // Fields that a short header does not have are 0.
    uint8_t file[14], header[124] = {0};
    if (twc_source_read(source, file, 14) != 14 || twc_source_read(source, header, 4) != 4)
        return source->error ? twc_system_failure(source->error, "the file cannot be read")
            : twc_damage(0, "the file ends inside its header");
    uint32_t size = reader->header_bytes = twc_le32(header);
    if (size != 12 && (size < 16 || size > 64) && size != 108 && size != 124)
        return twc_failure(TWC_UNSUPPORTED, "a BMP file with a header of %u bytes cannot be read", size);
    if (twc_source_read(source, header + 4, size - 4) != size - 4)
        return source->error ? twc_system_failure(source->error, "the file cannot be read")
            : twc_damage(0, "the file ends inside its header");
    twc_status status = take_size(reader, header);
    if (status.code) return status;
    info->format = TWC_BMP;
    info->depth = 8;
    info->channels = 3;
    info->color = TWC_RGB;
    info->stored_depth = reader->bits < 8 ? reader->bits : 8;
    uint64_t offset = twc_le32(file + 10);
    if (offset && offset < 14 + (uint64_t)size) return twc_damage(0, "the header says that the pixels begin inside it");
    if (reader->bits <= 8) status = twc_bmp_palette(reader, header, offset);
    else {
        status = twc_bmp_fields(reader, header);
        // Without an offset, the pixels follow what was read last: the header or the fields.
        reader->data = offset ? offset : source->offset;
    }
    if (source->error) return twc_system_failure(source->error, "the file cannot be read");
    if (!status.code) status = check_data(reader);
    if (!status.code) twc_bmp_metadata(reader, header);
    return status;
}
