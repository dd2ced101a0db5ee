// libtiff's errors and warnings, kept for each file instead of printed.
#include "tiff.h"
#include <stdio.h>
#include <string.h>

void twc_tiff_messages_reset(twc_tiff_messages *messages) { *messages = (twc_tiff_messages){0}; }

const char *twc_tiff_reason(const twc_tiff_messages *messages) {
    if (messages->first[0]) return messages->first;
    return messages->warning[0] ? messages->warning : "no reason was given";
}

/// One line without a full stop.
static void print(char *text, size_t size, const char *format, va_list arguments) {
    vsnprintf(text, size, format, arguments);
    for (char *at = text; *at; at++)
        if ((unsigned char)*at < ' ') *at = ' ';
    size_t length = strlen(text);
    while (length && (text[length - 1] == '.' || text[length - 1] == ' ')) text[--length] = 0;
}

static int take_error(TIFF *tiff, void *data, const char *module, const char *format, va_list arguments) {
    (void)tiff, (void)module;
    twc_tiff_messages *messages = data;
    if (!messages->errors++) print(messages->first, sizeof messages->first, format, arguments);
    return 1;
}

/// Warnings that say nothing against the pixels.
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
