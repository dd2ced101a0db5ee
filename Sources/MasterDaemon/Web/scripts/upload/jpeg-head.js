// The header of a JPEG file: the frame segment, and the camera's note on which side is up.

import { Damaged } from "./file-window.js";

/** Segments ahead of the pixels that are looked through. */
const patience = 2000;

export async function readJPEG(file) {
    let frame = null;
    let turn = null;
    let offset = 2;
    for (let round = 0; round < patience; round += 1) {
        const segment = await file.view(offset, 4);
        if (segment.getUint8(0) !== 0xff) throw new Damaged("its segments do not follow one another");
        const marker = segment.getUint8(1);
        // Any number of 0xFF may stand ahead of a marker.
        if (marker === 0xff) {
            offset += 1;
            continue;
        }
        const length = segment.getUint16(2);
        if (length < 2) throw new Damaged("one of its segments has no length");
        if (marker === 0xda) break;
        if (marker === 0xd9) throw new Damaged("it ends before its pixels");
        if (isFrame(marker)) frame = await readFrame(file, offset + 4);
        if (marker === 0xe1 && turn === null) turn = orientation(await file.view(offset + 4, length - 2));
        offset += 2 + length;
    }
    if (!frame) throw new Damaged("it has no frame header");
    if (!(await file.hasBehind(offset, [0xff, 0xd9]))) throw new Damaged("it is cut off before its end");
    const { width, height } = frame;
    // From 5 on, the note turns the image on its side.
    return turn >= 5 ? { ...frame, width: height, height: width } : frame;
}

/** SOF0 to SOF15; three numbers among them mean something else. */
const isFrame = (marker) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

async function readFrame(file, offset) {
    const frame = await file.view(offset, 5);
    return { width: frame.getUint16(3), height: frame.getUint16(1), depth: 8, alpha: false };
}

/** The number 1 to 8 in an EXIF block; 1 where there is none. */
function orientation(block) {
    const isLittle = block.byteLength > 14 && block.getUint16(6) === 0x4949;
    const start = 6;
    try {
        if (block.getUint16(start + 2, isLittle) !== 42) return 1;
        const directory = start + block.getUint32(start + 4, isLittle);
        const entries = block.getUint16(directory, isLittle);
        for (let index = 0; index < entries; index += 1) {
            const entry = directory + 2 + 12 * index;
            if (block.getUint16(entry, isLittle) === 0x0112) return block.getUint16(entry + 8, isLittle);
        }
    } catch {
        // A note that ends too early says nothing.
    }
    return 1;
}
