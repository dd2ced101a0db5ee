// The header of a TIFF or BigTIFF file: its first directory.

import { Damaged } from "./file-window.js";

const tags = { width: 256, height: 257, bits: 258, photometric: 262, orientation: 274, samples: 277 };
const rgb = 2;

export async function readTIFF(file) {
    const order = await file.view(0, 4);
    const isLittle = order.getUint8(0) === 0x49;
    const isBig = order.getUint16(2, isLittle) === 43;
    const offset = await wide(file, isBig ? 8 : 4, isBig, isLittle);
    const values = await readDirectory(file, offset, isBig, isLittle);
    const [width, height] = [values.get(tags.width), values.get(tags.height)];
    if (!width || !height) throw new Damaged("it does not say how large it is");
    const depth = values.get(tags.bits) === 16 ? 16 : 8;
    const alpha = values.get(tags.photometric) === rgb && values.get(tags.samples) === 4;
    const head = { width, height, depth, alpha };
    // From 5 on, the image is stored on its side.
    return values.get(tags.orientation) >= 5 ? { ...head, width: height, height: width } : head;
}

/** The first value of each tag. */
async function readDirectory(file, offset, isBig, isLittle) {
    const [countSize, entrySize] = isBig ? [8, 20] : [2, 12];
    const short = async () => (await file.view(offset, 2)).getUint16(0, isLittle);
    const count = isBig ? await wide(file, offset, true, isLittle) : await short();
    if (count === 0 || count > 65535) throw new Damaged("its directory is empty");
    const values = new Map();
    for (let index = 0; index < count; index += 1) {
        const start = offset + countSize + index * entrySize;
        const entry = await file.view(start, entrySize);
        values.set(entry.getUint16(0, isLittle), await firstValue(file, entry, isBig, isLittle));
    }
    return values;
}

/** Only whole numbers of two and four bytes matter here. */
async function firstValue(file, entry, isBig, isLittle) {
    const type = entry.getUint16(2, isLittle);
    const field = isBig ? 12 : 8;
    if (type !== 3) return type === 4 ? entry.getUint32(field, isLittle) : undefined;
    const values = isBig ? Number(entry.getBigUint64(4, isLittle)) : entry.getUint32(4, isLittle);
    if (values * 2 <= (isBig ? 8 : 4)) return entry.getUint16(field, isLittle);
    const elsewhere = isBig ? Number(entry.getBigUint64(field, isLittle)) : entry.getUint32(field, isLittle);
    return (await file.view(elsewhere, 2)).getUint16(0, isLittle);
}

/** An offset: four bytes in TIFF, eight in BigTIFF. */
async function wide(file, offset, isBig, isLittle) {
    const view = await file.view(offset, isBig ? 8 : 4);
    return isBig ? Number(view.getBigUint64(0, isLittle)) : view.getUint32(0, isLittle);
}
