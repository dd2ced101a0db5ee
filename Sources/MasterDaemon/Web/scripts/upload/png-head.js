// The header of a PNG file: the chunk IHDR, and whether a chunk tRNS adds transparency.

import { Damaged, Unsupported } from "./file-window.js";

/** Chunks ahead of the pixels that are looked through. */
const patience = 200;

export async function readPNG(file) {
    const first = await file.view(8, 25);
    if ((await file.letters(12, 4)) !== "IHDR") throw new Damaged("its first chunk is no IHDR");
    const [width, height] = [first.getUint32(8), first.getUint32(12)];
    const [depth, color] = [first.getUint8(16), first.getUint8(17)];
    const { hasTransparency, pixels } = await walk(file);
    if (color === 0 && hasTransparency) {
        throw new Unsupported("It marks one gray as transparent, which would be lost. Save it with an alpha channel.");
    }
    if (!(await file.hasBehind(pixels, [0x49, 0x45, 0x4e, 0x44]))) throw new Damaged("it is cut off before its end");
    // Colour types 4 and 6 have a channel for alpha.
    return { width, height, depth: depth === 16 ? 16 : 8, alpha: color === 4 || color === 6 || hasTransparency };
}

/** Goes from chunk to chunk up to the pixels. */
async function walk(file) {
    let offset = 33;
    let hasTransparency = false;
    for (let round = 0; round < patience; round += 1) {
        const length = (await file.view(offset, 8)).getUint32(0);
        const type = await file.letters(offset + 4, 4);
        if (type === "IDAT") break;
        if (type === "IEND") throw new Damaged("it has no pixels");
        if (type === "acTL") throw new Unsupported("It is an animation. Only still images are taken.");
        if (type === "tRNS") hasTransparency = true;
        offset += 12 + length;
    }
    return { hasTransparency, pixels: offset };
}
