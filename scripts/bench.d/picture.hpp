// An artificial landscape photograph: the same pixels on every machine, at any size.
//
// Only integer hashes and the four basic operations of IEEE floats are used. sin, pow and rand() differ between C
// libraries, and pictures that differ cannot be compared. Coordinates are in picture heights: u to the right, v down.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace picture {

using Colour = cv::Vec3f;  // blue, green, red; 0 to 1

constexpr float waterline = 0.62f;

inline uint32_t hash(int x, int y, uint32_t seed) {
    uint32_t h = seed * 0x9E3779B1u + uint32_t(x) * 0x85EBCA77u + (uint32_t(y) ^ 0x5bd1e995u) * 0xC2B2AE3Du;
    h = (h ^ (h >> 15)) * 0x2C1B3C6Du;
    h = (h ^ (h >> 12)) * 0x297A2D39u;
    return h ^ (h >> 15);
}

inline float chance(int x, int y, uint32_t seed) { return float(hash(x, y, seed) >> 8) / 16777216.f; }
inline int cell(float x) { return int(std::floor(x)); }
inline float clamp01(float x) { return std::min(1.f, std::max(0.f, x)); }
inline float step(float from, float to, float x) {
    const float t = clamp01((x - from) / (to - from));
    return t * t * (3 - 2 * t);
}
inline Colour mix(const Colour& a, const Colour& b, float t) { return a * (1 - t) + b * t; }

/// Gradient noise, about -0.7 to 0.7.
inline float noise(float x, float y, uint32_t seed) {
    const int left = cell(x), top = cell(y);
    const float fx = x - float(left), fy = y - float(top);
    const auto corner = [&](int dx, int dy) {
        const uint32_t h = hash(left + dx, top + dy, seed);
        const float gx = float(h & 0xffff) / 32768.f - 1, gy = float(h >> 16) / 32768.f - 1;
        return gx * (fx - float(dx)) + gy * (fy - float(dy));
    };
    const float sx = fx * fx * fx * (fx * (fx * 6 - 15) + 10), sy = fy * fy * fy * (fy * (fy * 6 - 15) + 10);
    const float upper = corner(0, 0) * (1 - sx) + corner(1, 0) * sx;
    const float lower = corner(0, 1) * (1 - sx) + corner(1, 1) * sx;
    return upper * (1 - sy) + lower * sy;
}

/// Octaves of noise, each twice as fine and half as strong as the one before.
inline float octaves(float x, float y, uint32_t seed, int count) {
    float sum = 0, weight = 1;
    for (int i = 0; i < count; i++, x *= 2.03f, y *= 2.03f, weight *= 0.5f) sum += weight * noise(x, y, seed + i);
    return sum;
}

/// Octaves folded at zero: crests, as of mountains.
inline float crests(float x, float y, uint32_t seed, int count) {
    float sum = 0, weight = 0.5f;
    for (int i = 0; i < count; i++, x *= 2.11f, y *= 2.11f, weight *= 0.5f)
        sum += weight * (1 - 2.6f * std::abs(noise(x, y, seed + i)));
    return sum;
}

inline Colour sky(float u, float v) {
    const float height = clamp01(v / waterline);
    Colour colour = mix({0.72f, 0.45f, 0.22f}, {0.86f, 0.84f, 0.86f}, height * height * 0.5f + height * 0.5f);
    const float du = u - 0.42f, dv = v - 0.36f;
    colour += Colour(0.12f, 0.28f, 0.42f) * (0.03f / (0.05f + du * du + dv * dv));
    const float bend = 0.5f * octaves(u * 1.3f, v * 2.5f, 11, 4);
    const float x = u * 1.7f + bend, y = v * 4.6f + bend;
    const float density = octaves(x, y, 21, 8), towardsSun = octaves(x - 0.06f, y + 0.12f, 21, 5);
    const float light = clamp01(0.72f + 0.9f * (density - towardsSun));
    const Colour cloud = mix({0.60f, 0.54f, 0.52f}, {0.95f, 0.96f, 0.99f}, light);
    return mix(colour, cloud, 0.85f * step(0.0f, 0.42f, density));
}

/// One range of mountains in front of what is behind it. `distance` is 1 at the horizon, and 0 close by.
inline Colour range(Colour behind, float u, float v, uint32_t seed, float base, float rise, float distance) {
    const float crest = base - rise * crests(u * 1.5f + float(seed), 0.37f, seed, 9);
    if (v < crest) return behind;
    const float x = u * 9, y = v * 7;
    const float relief = crests(x, y, seed + 40, 9) - crests(x + 0.05f, y - 0.04f, seed + 40, 9);
    const float stones = octaves(x * 30, y * 30, seed + 80, 4) + 0.6f * noise(x * 110, y * 90, seed + 90);
    const float light = clamp01(0.5f + 3.2f * relief + 0.6f * stones);
    Colour ground = mix({0.13f, 0.14f, 0.13f}, {0.40f, 0.47f, 0.54f}, light);
    const float melting = 0.16f * octaves(x, y, seed + 60, 6) + 0.05f * stones;
    const float snow = step(0.02f, -0.05f, v - base + 0.55f * rise + melting);
    ground = mix(ground, mix({0.62f, 0.52f, 0.46f}, {0.97f, 0.97f, 0.98f}, light), snow);
    return mix(ground, {0.80f, 0.74f, 0.70f}, distance * (0.75f + 0.25f * step(crest, base, v)));
}

/// Firs with their feet at about `foot` and nothing to the right of `edge`. `width` is a tree's share of the picture's
/// height. If `haze` is not 0, they stand in a forest, which also covers what is below them.
inline Colour firs(Colour behind, float u, float v, uint32_t seed, float foot, float width, float haze,
                   float edge = 9) {
    if (v < foot - 5 * width || u > edge + width || (haze == 0 && v > foot + width)) return behind;
    float depth = haze > 0 && v > foot ? 0.f : -1.f;
    for (int i = cell(u / width) - 2; i <= cell(u / width) + 2; i++) {
        const float trunk = (float(i) + chance(i, 0, seed)) * width, ground = foot + width * 0.6f * chance(i, 2, seed);
        const float below = v - ground + width * (2 + 3 * chance(i, 1, seed)), branch = below / width * 3.5f;
        const float twigs = octaves(u / width * 14, v / width * 14, seed, 3);
        if (trunk > edge || below < 0 || v > ground + 0.3f * width * twigs) continue;
        const float ragged = 0.55f + 0.45f * (branch - float(cell(branch + 0.2f * twigs))) + 0.45f * twigs;
        depth = std::max(depth, below * 0.24f * ragged - std::abs(u - trunk));
    }
    if (depth < 0) return behind;
    const float needles = octaves(u / width * 9, v / width * 7, seed + 7, 6) + 0.4f * noise(u * 700, v * 500, seed);
    const float light = clamp01(0.35f + 0.75f * needles - 4 * depth);
    return mix(mix({0.05f, 0.09f, 0.06f}, {0.20f, 0.38f, 0.30f}, light), {0.78f, 0.72f, 0.68f}, haze);
}

inline Colour farShore(float u, float v) {
    Colour colour = sky(u, v);
    colour = range(colour, u, v, 3, 0.56f, 0.44f, 0.62f);
    colour = range(colour, u, v, 8, 0.60f, 0.27f, 0.36f);
    const float hill = 0.585f - 0.05f * octaves(u * 2.2f, 0.5f, 71, 4);
    colour = firs(colour, u, v, 90, hill, 0.012f, 0.30f);
    return firs(colour, u, v, 95, hill + 0.03f, 0.018f, 0.12f);
}

inline Colour lake(float u, float v) {
    const float nearness = v - waterline;
    const float wave = octaves(u * 5 / (0.06f + nearness), 9 / (0.06f + nearness), 31, 5);
    const float mirrored = waterline - nearness * 1.5f + 0.035f * wave * (0.15f + 4 * nearness);
    const Colour depth(0.34f, 0.27f, 0.12f);
    return mix(farShore(u + 0.012f * wave, std::min(mirrored, waterline)), depth, 0.28f + 0.5f * clamp01(wave));
}

inline Colour meadow(float u, float v) {
    const float far = 1 / (v - 0.55f);
    const float blades = octaves(u * far * 34, v * 60, 51, 6) + octaves(u * far * 150, v * 280, 47, 3);
    const float patches = octaves(u * far, far * 1.5f, 57, 4);
    Colour colour = mix({0.06f, 0.20f, 0.14f}, {0.26f, 0.58f, 0.52f}, clamp01(0.45f + 0.6f * blades + 0.5f * patches));
    const float size = 0.011f * (0.25f + 3 * (v - 0.74f));
    const int column = cell(u / size), row = cell(v / size);
    const float dx = u / size - float(column) - 0.5f, dy = v / size - float(row) - 0.5f;
    const bool blooms = chance(column, row, 61) < 0.14f + 0.35f * patches;
    const float petal = 0.05f + 0.08f * chance(column, row, 62);
    if (blooms && dx * dx + dy * dy < petal)
        colour = mix({0.10f, 0.75f, 0.96f}, {0.93f, 0.92f, 0.97f}, chance(column, row, 63) > 0.5f ? 1.f : 0.f) *
                 (0.7f + 2.5f * petal);
    return colour;
}

/// A log cabin, for straight, hard edges in the picture.
inline Colour cabin(Colour behind, float u, float v) {
    const float x = (u - 1.33f) / 0.15f, y = (v - 0.66f) / 0.17f;
    const float eaves = 0.95f * std::abs(x) - 0.92f;
    const float grain = octaves(u * 40, v * 420, 81, 5);
    if (y > eaves && y < eaves + 0.34f && std::abs(x) < 1.15f) {
        const float shingle = (y - eaves) * 14;
        return Colour(0.21f, 0.24f, 0.36f) * (0.75f + 0.35f * (shingle - float(cell(shingle))) + 0.4f * grain);
    }
    if (y < eaves || y > 1 || std::abs(x) > 0.92f) return behind;
    const float log = (y + 2) * 8, within = log - float(cell(log));
    if (std::abs(x) < 0.16f && y > 0.3f) return Colour(0.10f, 0.16f, 0.26f) * (1 + 0.7f * grain);
    const float pane = std::abs(std::abs(x) - 0.55f);
    if (pane < 0.2f && y > 0.32f && y < 0.68f)
        return pane < 0.015f || pane > 0.175f || std::abs(y - 0.5f) < 0.012f ? Colour(0.86f, 0.88f, 0.90f)
                                                                          : Colour(0.30f, 0.26f, 0.20f) * (1.4f - y);
    return Colour(0.20f, 0.33f, 0.50f) * (0.55f + 1.9f * within * (1 - within) + 0.6f * grain);
}

inline Colour scene(float u, float v) {
    const float shore = 0.79f + 0.05f * octaves(u * 1.6f, 0.3f, 41, 7);
    Colour colour = v < waterline ? farShore(u, v) : v < shore ? lake(u, v) : meadow(u, v);
    if (v > shore && v < shore + 0.012f) colour = colour * 0.5f;
    return firs(cabin(colour, u, v), u, v, 96, 0.9f, 0.075f, 0, 0.34f);
}

/// Draws the whole picture: the scene, darker corners, the softness of a lens and the noise of a sensor.
inline cv::Mat draw(int width, int height) {
    cv::Mat image(height, width, CV_8UC3);
    cv::parallel_for_({0, height}, [&](const cv::Range& rows) {
        for (int row = rows.start; row < rows.end; row++)
            for (int column = 0; column < width; column++) {
                const float u = float(column) / float(height), v = float(row) / float(height);
                const float dx = float(column) / float(width) - 0.5f, dy = v - 0.5f;
                const float corner = 1 - 0.55f * (dx * dx + dy * dy);
                const Colour colour = scene(u, v) * corner;
                for (int channel = 0; channel < 3; channel++) {
                    const float value = clamp01(colour[channel]);
                    const float grain = chance(column, row, 201 + channel) + chance(column, row, 211 + channel) - 1;
                    const float level = 255 * value + 28 * grain * (0.4f + 0.6f * std::sqrt(value));
                    image.at<cv::Vec3b>(row, column)[channel] = cv::saturate_cast<uchar>(level);
                }
            }
    });
    cv::GaussianBlur(image, image, {3, 3}, 0.5);
    return image;
}

}  // namespace picture
