// Paints the source and the result, each on its side of the divider, from the loaded tiles.

import { keyOf, levelFor, parent, regionOf, tilesIn, topLevel } from "./pyramid.js";

/** The needed tiles, most urgent first: both whole images, the visible parts, then the parts behind the divider. */
export function wantedTiles(viewport, image, cut) {
    const top = topLevel(image);
    const level = levelFor(viewport.scale, top);
    const of = (picture, tiles) => tiles.map((tile) => ({ ...tile, picture, key: keyOf(picture, tile) }));
    const whole = [{ level: top, column: 0, row: 0 }];
    const sides = { source: viewport.part(0, cut), result: viewport.part(cut) };
    const seen = (picture) => (sides[picture].w > 0 ? of(picture, tilesIn(sides[picture], level, image)) : []);
    const all = [
        ...of("source", whole), ...of("result", whole),
        ...interleaved(seen("source"), seen("result")),
        ...interleaved(...["source", "result"].map((picture) => of(picture, tilesIn(viewport.part(), level, image)))),
    ];
    const keys = new Set();
    return all.filter(({ key }) => !keys.has(key) && keys.add(key));
}

function interleaved(a, b) {
    const all = [];
    for (let i = 0; i < Math.max(a.length, b.length); i += 1) all.push(...a.slice(i, i + 1), ...b.slice(i, i + 1));
    return all;
}

/** Paints one picture between two columns of the viewer. Returns false if a part of it is missing. */
export function paintSide(context, { viewport, image, store, picture, from, to }) {
    const part = viewport.part(from, to);
    if (part.w <= 0 || part.h <= 0 || to <= from) return true;
    const top = topLevel(image);
    context.save();
    context.beginPath();
    context.rect(from, 0, to - from, context.canvas.height);
    context.clip();
    const tiles = tilesIn(part, levelFor(viewport.scale, top), image);
    const painted = tiles.map((tile) => paintTile(context, { viewport, image, store, picture, top }, tile));
    context.restore();
    return painted.every(Boolean);
}

/** Paints a tile or, until it is loaded, its part of a coarser one. */
function paintTile(context, { viewport, image, store, picture, top }, tile) {
    let found = tile;
    let bitmap = store.get(keyOf(picture, found));
    while (!bitmap && found.level < top) {
        found = parent(found);
        bitmap = store.get(keyOf(picture, found));
    }
    if (!bitmap) return false;
    const region = regionOf(tile, image);
    const { left, top: above, wide, high } = viewport.place(region);
    if (wide <= 0 || high <= 0) return true;
    const whole = regionOf(found, image);
    const across = bitmap.width / whole.w;
    const down = bitmap.height / whole.h;
    // From 100 % on the image's own pixels are shown, without interpolation.
    context.imageSmoothingEnabled = found.level > 0 || viewport.scale < 1;
    context.imageSmoothingQuality = "medium";
    context.drawImage(
        bitmap, (region.x - whole.x) * across, (region.y - whole.y) * down, region.w * across, region.h * down, left, above, wide, high);
    return true;
}
