// The header of a WebP file: lossy (VP8), lossless (VP8L) and extended (VP8X).

import { Damaged, Unsupported } from "./file-window.js";

export async function readWebP(file) {
    const riff = await file.view(4, 4);
    if (riff.getUint32(0, true) + 8 > file.size) throw new Damaged("it is cut off before its end");
    const kind = await file.letters(12, 4);
    if (kind === "VP8X") return readExtended(await file.view(20, 10));
    if (kind === "VP8L") return readLossless(await file.view(20, 5));
    if (kind === "VP8 ") return readLossy(await file.view(20, 10));
    throw new Damaged("it does not begin with an image");
}

function readExtended(chunk) {
    const flags = chunk.getUint8(0);
    if (flags & 0x02) throw new Unsupported("It is an animation. Only still images are taken.");
    const side = (offset) => 1 + chunk.getUint16(offset, true) + (chunk.getUint8(offset + 2) << 16);
    return { width: side(4), height: side(7), depth: 8, alpha: (flags & 0x10) !== 0 };
}

function readLossless(chunk) {
    if (chunk.getUint8(0) !== 0x2f) throw new Damaged("its pixels do not begin as they should");
    const bits = chunk.getUint32(1, true);
    const [width, height] = [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1];
    return { width, height, depth: 8, alpha: ((bits >>> 28) & 1) === 1 };
}

function readLossy(chunk) {
    if (chunk.getUint8(3) !== 0x9d || chunk.getUint8(4) !== 0x01 || chunk.getUint8(5) !== 0x2a) {
        throw new Damaged("its pixels do not begin as they should");
    }
    const side = (offset) => chunk.getUint16(offset, true) & 0x3fff;
    return { width: side(6), height: side(8), depth: 8, alpha: false };
}
