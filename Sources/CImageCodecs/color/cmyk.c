#include "color.h"
#include <stdlib.h>

struct twc_cmyk {
    cmsContext context;
    cmsHTRANSFORM transform;
};

/// Null if the profile cannot be used; `*problem` then says why.
static cmsHTRANSFORM make_transform(
    cmsContext context, const uint8_t *profile, size_t count, uint32_t depth, bool is_inverted, const char **problem) {
    cmsHPROFILE ink = cmsOpenProfileFromMemTHR(context, profile, (cmsUInt32Number)count);
    cmsHPROFILE screen = cmsCreate_sRGBProfileTHR(context);
    cmsHTRANSFORM transform = NULL;
    *problem = NULL;
    if (ink && cmsGetColorSpace(ink) != cmsSigCmykData) *problem = "it is not for CMYK";
    else if (ink && (cmsGetDeviceClass(ink) == cmsSigLinkClass || cmsGetDeviceClass(ink) == cmsSigNamedColorClass))
        *problem = "it is of a class that describes no image";
    else if (ink && screen) {
        cmsUInt32Number from = depth == 8 ? (is_inverted ? TYPE_CMYK_8_REV : TYPE_CMYK_8)
            : is_inverted ? TYPE_CMYK_16_REV : TYPE_CMYK_16;
        transform = cmsCreateTransformTHR(context, ink, from, screen, depth == 8 ? TYPE_BGR_8 : TYPE_BGR_16,
            INTENT_RELATIVE_COLORIMETRIC, cmsFLAGS_BLACKPOINTCOMPENSATION);
    }
    if (ink) cmsCloseProfile(ink);
    if (screen) cmsCloseProfile(screen);
    return transform;
}

twc_cmyk *twc_cmyk_open(const twc_block *profile, uint32_t depth, bool is_inverted, twc_notes *notes) {
    const char *problem = "not enough memory";
    twc_cmyk *cmyk = NULL;
    cmsContext context = NULL;
    if (!profile) {
        twc_note(notes, "CMYK colors were converted to sRGB by Adobe's convention, without a profile");
        return NULL;
    }
    if (profile->count > TWC_MAXIMUM_PROFILE) problem = "it is too large";
    else if ((cmyk = calloc(1, sizeof *cmyk)) && (context = twc_color_context())) {
        cmyk->context = context;
        cmyk->transform = make_transform(context, profile->bytes, profile->count, depth, is_inverted, &problem);
        if (cmyk->transform) {
            twc_note(notes, "CMYK colors were converted to sRGB by the profile of the file");
            return cmyk;
        }
        if (!problem) problem = *twc_color_reason(context) ? twc_color_reason(context) : "it is broken";
    }
    twc_note(notes,
        "CMYK colors were converted to sRGB by Adobe's convention; the profile of the file was left out: %s", problem);
    twc_color_context_free(context);
    free(cmyk);
    return NULL;
}

void twc_cmyk_close(twc_cmyk *cmyk) {
    if (!cmyk) return;
    cmsDeleteTransform(cmyk->transform);
    twc_color_context_free(cmyk->context);
    free(cmyk);
}

/// Converts by Adobe's convention: the product of two inverted inks, divided by 255 and rounded.
static void convert8(const uint8_t *ink, uint8_t *bgr, size_t pixels, uint8_t flip) {
    for (size_t index = 0; index < pixels; index++, ink += 4, bgr += 3) {
        uint32_t black = ink[3] ^ flip;
        for (int channel = 0; channel < 3; channel++)
            bgr[channel] = (uint8_t)twc_divide255((uint32_t)(ink[2 - channel] ^ flip) * black);
    }
}

static void convert16(const uint16_t *ink, uint16_t *bgr, size_t pixels, uint16_t flip) {
    for (size_t index = 0; index < pixels; index++, ink += 4, bgr += 3) {
        uint32_t black = ink[3] ^ flip;
        for (int channel = 0; channel < 3; channel++)
            bgr[channel] = (uint16_t)twc_divide65535((uint32_t)(ink[2 - channel] ^ flip) * black);
    }
}

void twc_cmyk_to_bgr(
    const twc_cmyk *cmyk, const void *ink, void *bgr, size_t pixels, uint32_t depth, bool is_inverted) {
    // lcms2 counts pixels in 32 bits.
    enum { PART = 1 << 20 };
    const uint8_t *from = ink;
    uint8_t *to = bgr;
    if (!cmyk) {
        if (depth == 8) convert8(ink, bgr, pixels, is_inverted ? 0 : 0xFF);
        else convert16(ink, bgr, pixels, is_inverted ? 0 : 0xFFFF);
        return;
    }
    while (pixels) {
        size_t part = pixels < PART ? pixels : PART;
        cmsDoTransform(cmyk->transform, from, to, (cmsUInt32Number)part);
        from += part * 4 * (depth / 8);
        to += part * 3 * (depth / 8);
        pixels -= part;
    }
}
