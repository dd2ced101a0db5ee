// The header of a BMP file: the old one of OS/2 and the family of Windows.

import { Damaged } from "./file-window.js";

export async function readBMP(file) {
    const headerSize = (await file.view(14, 4)).getUint32(0, true);
    if (headerSize === 12) return readOld(file);
    if (headerSize < 40 || headerSize > 124) throw new Damaged("its header has an impossible length");
    const pixels = (await file.view(10, 4)).getUint32(0, true);
    const info = await file.view(18, 16);
    const width = info.getInt32(0, true);
    // A negative height says that rows go from the top down.
    const height = Math.abs(info.getInt32(4, true));
    const bits = info.getUint16(10, true);
    const compression = info.getUint32(12, true);
    const isRaw = compression === 0 || compression === 3;
    const rowBytes = Math.ceil((width * bits) / 32) * 4;
    if (isRaw && pixels + rowBytes * height > file.size) throw new Damaged("it is cut off: pixels are missing");
    return { width, height, depth: 8, alpha: bits === 32 && compression === 3 && headerSize >= 56 };
}

async function readOld(file) {
    const info = await file.view(18, 4);
    return { width: info.getUint16(0, true), height: info.getUint16(2, true), depth: 8, alpha: false };
}
