// The arithmetic of the viewer's tiles. Level 0 has the image's own pixels, and each next level half as many per side.
// A tile has at most 512 pixels per side on every level. Pure: node can check it.

const tileSide = 512;

/** The lowest level on which one tile holds the whole image. */
export function topLevel({ width, height }) {
    let level = 0;
    while (Math.max(width, height) > tileSide * 2 ** level) level += 1;
    return level;
}

/**
 * The level for a scale in device pixels per image pixel. It is at most a fifth too coarse. From 100 % on it is level
 * 0, so that 100 % is exact.
 */
export function levelFor(scale, top) {
    return Math.min(top, Math.max(0, Math.floor(Math.log2(1 / scale) + 0.25)));
}

/** A tile's rectangle in the image, and the longest side that its picture should have. */
export function regionOf({ level, column, row }, { width, height }) {
    const span = tileSide * 2 ** level;
    const x = column * span;
    const y = row * span;
    const w = Math.min(span, width - x);
    const h = Math.min(span, height - y);
    return { x, y, w, h, max: Math.max(1, Math.ceil(Math.max(w, h) / 2 ** level)) };
}

/** The tiles of a level that overlap a part of the image, nearest to the middle first. */
export function tilesIn({ x, y, w, h }, level, { width, height }) {
    const span = tileSide * 2 ** level;
    const left = Math.max(0, Math.floor(x / span));
    const top = Math.max(0, Math.floor(y / span));
    const right = Math.min(Math.ceil(width / span), Math.ceil((x + w) / span));
    const bottom = Math.min(Math.ceil(height / span), Math.ceil((y + h) / span));
    const found = [];
    for (let row = top; row < bottom; row += 1) for (let column = left; column < right; column += 1) found.push({ level, column, row });
    const away = ({ column, row }) => Math.hypot((column + 0.5) * span - (x + w / 2), (row + 0.5) * span - (y + h / 2));
    return found.sort((a, b) => away(a) - away(b));
}

/** The tile of the next coarser level that contains this one. */
export function parent({ level, column, row }) {
    return { level: level + 1, column: column >> 1, row: row >> 1 };
}

export const keyOf = (picture, { level, column, row }) => `${picture}/${level}/${column}/${row}`;
