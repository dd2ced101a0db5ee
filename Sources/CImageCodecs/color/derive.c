// Makes profiles for gray results of colored sources, and for colored results of gray sources.
#include "color.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/// The luminance of neutral colors, from black to white, as a curve. Used for profiles that have a table instead of
/// curves, or a curve of lightness.
/// - is_scaled: stretches the curve so that white has the full luminance, because paper reflects less than all light.
static cmsToneCurve *curve_of_neutrals(cmsContext context, cmsHPROFILE profile, cmsUInt32Number pixel, bool is_scaled) {
    enum { POINTS = 1024 };
    cmsHPROFILE xyz = cmsCreateXYZProfileTHR(context);
    cmsHTRANSFORM transform = xyz ? cmsCreateTransformTHR(context, profile, pixel, xyz, TYPE_XYZ_DBL,
        INTENT_RELATIVE_COLORIMETRIC, cmsFLAGS_NOOPTIMIZE) : NULL;
    cmsUInt16Number *values = transform ? calloc(POINTS, sizeof *values) : NULL;
    cmsToneCurve *curve = NULL;
    if (values) {
        const cmsUInt16Number white[3] = {65535, 65535, 65535};
        cmsCIEXYZ color;
        cmsDoTransform(transform, white, &color, 1);
        double full = is_scaled && color.Y > 0.01 ? color.Y : 1;
        for (unsigned index = 0; index < POINTS; index++) {
            cmsUInt16Number level = (cmsUInt16Number)((index * 65535u + (POINTS - 1) / 2) / (POINTS - 1));
            const cmsUInt16Number neutral[3] = {level, level, level};
            cmsDoTransform(transform, neutral, &color, 1);
            double value = color.Y / full * 65535 + 0.5;
            values[index] = value >= 65535 ? 65535 : value > 0 ? (cmsUInt16Number)value : 0;
            // The curve has to rise, because a curve that falls has no inverse.
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

/// Writes the tags that every profile needs. White point and adaptation are those of the source.
static bool describe(
    cmsContext context, cmsHPROFILE made, cmsHPROFILE source, cmsColorSpaceSignature space, const char *kind) {
    char name[128] = "", text[192];
    cmsGetProfileInfoASCII(source, cmsInfoDescription, "en", "US", name, sizeof name);
    snprintf(text, sizeof text, "%s with the tone curve of %s", kind, *name ? name : "an unnamed profile");
    const cmsCIEXYZ *white = cmsReadTag(source, cmsSigMediaWhitePointTag);
    const void *adaptation = cmsReadTag(source, cmsSigChromaticAdaptationTag);
    // While the version stays the same, curves keep their form (formula or table). Older programs read version 2 only.
    cmsSetProfileVersion(made, cmsGetProfileVersion(source) < 4 ? 2.1 : 4.3);
    cmsSetDeviceClass(made, cmsSigDisplayClass);
    cmsSetColorSpace(made, space);
    cmsSetPCS(made, cmsSigXYZData);
    cmsSetHeaderRenderingIntent(made, INTENT_PERCEPTUAL);
    return write_text(context, made, cmsSigProfileDescriptionTag, text)
        && write_text(context, made, cmsSigCopyrightTag, "Free to use")
        && cmsWriteTag(made, cmsSigMediaWhitePointTag, white ? white : cmsD50_XYZ())
        && (!adaptation || cmsWriteTag(made, cmsSigChromaticAdaptationTag, adaptation));
}

/// Makes a gray profile from the curve of the source's green channel or of its neutral colors.
static bool make_gray(cmsContext context, cmsHPROFILE made, cmsHPROFILE source) {
    cmsToneCurve *sampled = NULL;
    const cmsToneCurve *curve = cmsIsMatrixShaper(source) ? cmsReadTag(source, cmsSigGreenTRCTag) : NULL;
    if (!curve) curve = sampled = curve_of_neutrals(context, source, TYPE_RGB_16, true);
    bool is_made = curve && describe(context, made, source, cmsSigGrayData, "Gray")
        && cmsWriteTag(made, cmsSigGrayTRCTag, curve);
    if (sampled) cmsFreeToneCurve(sampled);
    return is_made;
}

/// Makes an RGB profile whose neutral colors are the source's grays, with the primaries of sRGB.
static bool make_rgb(cmsContext context, cmsHPROFILE made, cmsHPROFILE source) {
    static const cmsTagSignature primaries[] = {
        cmsSigRedColorantTag, cmsSigGreenColorantTag, cmsSigBlueColorantTag};
    static const cmsTagSignature curves[] = {cmsSigRedTRCTag, cmsSigGreenTRCTag, cmsSigBlueTRCTag};
    cmsToneCurve *sampled = NULL;
    const cmsToneCurve *curve = NULL;
    // A table overrides the curve. A curve to L*a*b* is one of lightness.
    if (cmsGetPCS(source) == cmsSigXYZData && !cmsIsTag(source, cmsSigAToB0Tag) && !cmsIsTag(source, cmsSigAToB1Tag))
        curve = cmsReadTag(source, cmsSigGrayTRCTag);
    if (!curve) curve = sampled = curve_of_neutrals(context, source, TYPE_GRAY_16, false);
    cmsHPROFILE screen = curve ? cmsCreate_sRGBProfileTHR(context) : NULL;
    bool is_made = screen && describe(context, made, source, cmsSigRgbData, "Colors");
    for (int channel = 0; is_made && channel < 3; channel++) {
        const void *primary = cmsReadTag(screen, primaries[channel]);
        is_made = primary && cmsWriteTag(made, primaries[channel], primary)
            && cmsWriteTag(made, curves[channel], curve);
    }
    if (screen) cmsCloseProfile(screen);
    if (sampled) cmsFreeToneCurve(sampled);
    return is_made;
}

static bool save(cmsHPROFILE made, const uint8_t *source, twc_bytes *result) {
    cmsUInt32Number count = 0;
    if (!cmsSaveProfileToMem(made, NULL, &count)) return false;
    uint8_t *bytes = calloc(1, count);
    if (!bytes || !cmsSaveProfileToMem(made, bytes, &count)) {
        free(bytes);
        return false;
    }
    // The date is the source's, so that the same image always becomes the same file.
    memcpy(bytes + 24, source + 24, 12);
    *result = (twc_bytes){.bytes = bytes, .count = count};
    return true;
}

typedef bool maker(cmsContext context, cmsHPROFILE made, cmsHPROFILE source);

static twc_status derive(const uint8_t *bytes, size_t count, maker *make, const char *kind, twc_bytes *result) {
    cmsContext context = twc_color_context();
    if (!context) return twc_failure(TWC_OUT_OF_MEMORY, "not enough memory for a profile");
    cmsHPROFILE source = cmsOpenProfileFromMemTHR(context, bytes, (cmsUInt32Number)count);
    cmsHPROFILE made = cmsCreateProfilePlaceholder(context);
    bool is_made = source && made && make(context, made, source) && save(made, bytes, result);
    twc_status status = is_made ? twc_ok() : twc_failure(TWC_DAMAGED, "no %s profile can be made of the profile: %s",
        kind, *twc_color_reason(context) ? twc_color_reason(context) : "it has no tone curve");
    if (made) cmsCloseProfile(made);
    if (source) cmsCloseProfile(source);
    twc_color_context_free(context);
    return status;
}

twc_status twc_profile_gray(const uint8_t *bytes, size_t count, twc_bytes *result) {
    *result = (twc_bytes){0};
    if (twc_profile_color(bytes, count) != TWC_RGB) return twc_failure(TWC_UNSUPPORTED, "not a profile for RGB");
    return derive(bytes, count, make_gray, "gray", result);
}

twc_status twc_profile_rgb(const uint8_t *bytes, size_t count, twc_bytes *result) {
    *result = (twc_bytes){0};
    if (twc_profile_color(bytes, count) != TWC_GRAY) return twc_failure(TWC_UNSUPPORTED, "not a profile for gray");
    return derive(bytes, count, make_rgb, "color", result);
}
