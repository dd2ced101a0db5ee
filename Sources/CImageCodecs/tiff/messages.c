// Keeps libtiff's errors and warnings for each file. They are not printed.
#include "tiff.h"
#include <stdio.h>
#include <string.h>

void twc_tiff_messages_reset(twc_tiff_messages *messages) { *messages = (twc_tiff_messages){0}; }

/// Plain words for libtiff's messages.
static const struct {
    const char *part;
    const char *plain;
} plain_words[] = {
    {"ZLib error", "its compressed data ends too early"},
    {"not terminated with EOI code", "its LZW data has no end code"},
    {"to avoid buffer overrun", "its data is longer than its rows"},
    {"Premature end of JPEG file", "its JPEG data ends too early"},
    {"Unable to decode WebP data", "its WebP data cannot be decoded"},
    {"Not enough data", "its data ends too early"},
    {"lerc_", "its LERC data cannot be decoded"},
    {"no progress is possible", "its compressed data ends too early, or is damaged"}};

const char *twc_tiff_reason(const twc_tiff_messages *messages) {
    const char *text = messages->first[0] ? messages->first : messages->warning;
    for (size_t index = 0; index < sizeof plain_words / sizeof *plain_words; index++)
        if (strstr(text, plain_words[index].part)) return plain_words[index].plain;
    // Some messages begin with the name of a function.
    const char *behind = strstr(text, "(): ");
    if (behind) text = behind + 4;
    while (*text == ':' || *text == ' ') text++;
    return *text ? text : "no reason was given";
}

/// Prints one line without a full stop.
static void print(char *text, size_t size, const char *format, va_list arguments) {
    vsnprintf(text, size, format, arguments);
    for (char *at = text; *at; at++)
        if ((unsigned char)*at < ' ') *at = ' ';
    size_t length = strlen(text);
    while (length && strchr(".: ", text[length - 1])) text[--length] = 0;
}

static int take_error(TIFF *tiff, void *data, const char *module, const char *format, va_list arguments) {
    (void)tiff, (void)module;
    twc_tiff_messages *messages = data;
    // This is about a field that is not used. The important error follows.
    if (strncmp(format, "Defined set_field_type", 22) == 0) return 1;
    if (!messages->errors++) print(messages->first, sizeof messages->first, format, arguments);
    return 1;
}

/// Whether a warning does not concern the pixels.
static bool is_harmless(const char *text) {
    static const char *const starts[] = {
        "Old-style LZW codes", "JPEG strip size exceeds", "The JPEG strip/tile is encoded with progressive mode",
        "Unexpected version number"};
    for (size_t index = 0; index < sizeof starts / sizeof *starts; index++)
        if (strncmp(text, starts[index], strlen(starts[index])) == 0) return true;
    return strstr(text, "not terminated with EOI code") != NULL;
}

static int take_warning(TIFF *tiff, void *data, const char *module, const char *format, va_list arguments) {
    (void)tiff, (void)module;
    twc_tiff_messages *messages = data;
    char text[sizeof messages->warning];
    print(text, sizeof text, format, arguments);
    if (is_harmless(text)) return 1;
    if (!messages->warnings++) memcpy(messages->warning, text, sizeof text);
    return 1;
}

TIFFOpenOptions *twc_tiff_options(twc_tiff_messages *messages) {
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) return NULL;
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, TWC_TIFF_MAXIMUM_BAND);
    TIFFOpenOptionsSetErrorHandlerExtR(options, take_error, messages);
    TIFFOpenOptionsSetWarningHandlerExtR(options, take_warning, messages);
    return options;
}
