#include "color.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// The signature of an ICC header's color space; 0 if the bytes are no profile, or end before it does.
static uint32_t color_space(const uint8_t *bytes, size_t count) {
    if (count < 132 || count > TWC_MAXIMUM_PROFILE || memcmp(bytes + 36, "acsp", 4) != 0) return 0;
    uint32_t size = twc_be32(bytes), tags = twc_be32(bytes + 128);
    return size >= 132 && size <= count && tags <= (size - 132) / 12 ? twc_be32(bytes + 16) : 0;
}

int twc_profile_color(const uint8_t *bytes, size_t count) {
    switch (color_space(bytes, count)) {
        case cmsSigGrayData: return TWC_GRAY;
        case cmsSigRgbData: return TWC_RGB;
        case cmsSigCmykData: return TWC_CMYK;
        case cmsSigLabData: return TWC_LAB;
        default: return 0;
    }
}

/// The luminance of neutral colors, from black to white, as a curve. For profiles that have a table instead of curves.
static cmsToneCurve *curve_of_neutrals(cmsContext context, cmsHPROFILE profile) {
    enum { POINTS = 1024 };
    cmsHPROFILE xyz = cmsCreateXYZProfileTHR(context);
    cmsHTRANSFORM transform = xyz ? cmsCreateTransformTHR(context, profile, TYPE_RGB_16, xyz, TYPE_XYZ_DBL,
        INTENT_RELATIVE_COLORIMETRIC, cmsFLAGS_NOOPTIMIZE) : NULL;
    cmsUInt16Number *values = transform ? calloc(POINTS, sizeof *values) : NULL;
    cmsToneCurve *curve = NULL;
    if (values) {
        const cmsUInt16Number white[3] = {65535, 65535, 65535};
        cmsCIEXYZ color;
        cmsDoTransform(transform, white, &color, 1);
        double full = color.Y > 0.01 ? color.Y : 1;
        for (unsigned index = 0; index < POINTS; index++) {
            cmsUInt16Number level = (cmsUInt16Number)((index * 65535u + (POINTS - 1) / 2) / (POINTS - 1));
            const cmsUInt16Number neutral[3] = {level, level, level};
            cmsDoTransform(transform, neutral, &color, 1);
            double value = color.Y / full * 65535 + 0.5;
            values[index] = value >= 65535 ? 65535 : value > 0 ? (cmsUInt16Number)value : 0;
            // A curve that falls has no inverse.
            if (index && values[index] < values[index - 1]) values[index] = values[index - 1];
        }
        curve = cmsBuildTabulatedToneCurve16(context, POINTS, values);
    }
    free(values);
    if (transform) cmsDeleteTransform(transform);
    if (xyz) cmsCloseProfile(xyz);
    return curve;
}

static bool write_text(cmsContext context, cmsHPROFILE profile, cmsTagSignature tag, const char *text) {
    cmsMLU *words = cmsMLUalloc(context, 1);
    bool is_written = words && cmsMLUsetASCII(words, "en", "US", text) && cmsWriteTag(profile, tag, words);
    cmsMLUfree(words);
    return is_written;
}

/// The tags that a gray profile needs. White point and adaptation are those of the RGB profile.
static bool describe(cmsContext context, cmsHPROFILE gray, cmsHPROFILE rgb, const cmsToneCurve *curve) {
    char name[128] = "", text[192];
    cmsGetProfileInfoASCII(rgb, cmsInfoDescription, "en", "US", name, sizeof name);
    snprintf(text, sizeof text, "Gray with the tone curve of %s", *name ? name : "an unnamed profile");
    const cmsCIEXYZ *white = cmsReadTag(rgb, cmsSigMediaWhitePointTag);
    const void *adaptation = cmsReadTag(rgb, cmsSigChromaticAdaptationTag);
    // Curves keep their form, formula or table, if the version stays. Version 2 is what older programs read.
    cmsSetProfileVersion(gray, cmsGetProfileVersion(rgb) < 4 ? 2.1 : 4.3);
    cmsSetDeviceClass(gray, cmsSigDisplayClass);
    cmsSetColorSpace(gray, cmsSigGrayData);
    cmsSetPCS(gray, cmsSigXYZData);
    cmsSetHeaderRenderingIntent(gray, INTENT_PERCEPTUAL);
    return write_text(context, gray, cmsSigProfileDescriptionTag, text)
        && write_text(context, gray, cmsSigCopyrightTag, "Free to use")
        && cmsWriteTag(gray, cmsSigMediaWhitePointTag, white ? white : cmsD50_XYZ())
        && (!adaptation || cmsWriteTag(gray, cmsSigChromaticAdaptationTag, adaptation))
        && cmsWriteTag(gray, cmsSigGrayTRCTag, curve);
}

static bool save(cmsHPROFILE gray, const uint8_t *rgb, twc_bytes *result) {
    cmsUInt32Number count = 0;
    if (!cmsSaveProfileToMem(gray, NULL, &count)) return false;
    uint8_t *bytes = calloc(1, count);
    if (!bytes || !cmsSaveProfileToMem(gray, bytes, &count)) {
        free(bytes);
        return false;
    }
    // The date is the source's, so that the same image always becomes the same file.
    memcpy(bytes + 24, rgb + 24, 12);
    *result = (twc_bytes){.bytes = bytes, .count = count};
    return true;
}

twc_status twc_profile_gray(const uint8_t *bytes, size_t count, twc_bytes *result) {
    *result = (twc_bytes){0};
    if (color_space(bytes, count) != cmsSigRgbData) return twc_failure(TWC_UNSUPPORTED, "not a profile for RGB");
    cmsContext context = twc_color_context();
    if (!context) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a profile");
    cmsHPROFILE rgb = cmsOpenProfileFromMemTHR(context, bytes, (cmsUInt32Number)count);
    cmsHPROFILE gray = cmsCreateProfilePlaceholder(context);
    cmsToneCurve *made = NULL;
    const cmsToneCurve *curve = NULL;
    if (rgb && gray) {
        curve = cmsIsMatrixShaper(rgb) ? cmsReadTag(rgb, cmsSigGreenTRCTag) : NULL;
        if (!curve) curve = made = curve_of_neutrals(context, rgb);
    }
    bool is_made = curve && describe(context, gray, rgb, curve) && save(gray, bytes, result);
    twc_status status = is_made ? twc_ok() : twc_failure(TWC_DAMAGED, "no gray profile can be made of the profile: %s",
        *twc_color_reason(context) ? twc_color_reason(context) : "it has no tone curve");
    if (made) cmsFreeToneCurve(made);
    if (gray) cmsCloseProfile(gray);
    if (rgb) cmsCloseProfile(rgb);
    twc_color_context_free(context);
    return status;
}
