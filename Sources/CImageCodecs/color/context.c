#include "color.h"
#include <lcms2_plugin.h>
#include <stdio.h>
#include <stdlib.h>

enum { MAXIMUM_ALLOCATION = 64 << 20 };

typedef struct {
    char text[128];
} reason;

static void *allocate(cmsContext context, cmsUInt32Number size) {
    (void)context;
    return size && size <= MAXIMUM_ALLOCATION ? malloc(size) : NULL;
}

static void *reallocate(cmsContext context, void *bytes, cmsUInt32Number size) {
    (void)context;
    return size && size <= MAXIMUM_ALLOCATION ? realloc(bytes, size) : NULL;
}

static void release(cmsContext context, void *bytes) {
    (void)context;
    free(bytes);
}

static void remember(cmsContext context, cmsUInt32Number code, const char *text) {
    (void)code;
    reason *last = cmsGetContextUserData(context);
    if (last) snprintf(last->text, sizeof last->text, "%s", text);
}

cmsContext twc_color_context(void) {
    cmsPluginMemHandler memory = {
        .base = {cmsPluginMagicNumber, 2000, cmsPluginMemHandlerSig, NULL},
        .MallocPtr = allocate,
        .FreePtr = release,
        .ReallocPtr = reallocate,
    };
    reason *last = calloc(1, sizeof *last);
    cmsContext context = last ? cmsCreateContext(&memory, last) : NULL;
    if (!context) {
        free(last);
        return NULL;
    }
    cmsSetLogErrorHandlerTHR(context, remember);
    return context;
}

const char *twc_color_reason(cmsContext context) {
    const reason *last = cmsGetContextUserData(context);
    return last ? last->text : "";
}

void twc_color_context_free(cmsContext context) {
    if (!context) return;
    reason *last = cmsGetContextUserData(context);
    cmsDeleteContext(context);
    free(last);
}
