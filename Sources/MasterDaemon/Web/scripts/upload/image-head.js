// What kind of image a file is, told by its first bytes and not by its name.

import { readBMP } from "./bmp-head.js";
import { Damaged, FileWindow } from "./file-window.js";
import { readJPEG } from "./jpeg-head.js";
import { readPNG } from "./png-head.js";
import { readTIFF } from "./tiff-head.js";
import { readWebP } from "./webp-head.js";

const readers = { png: readPNG, jpeg: readJPEG, bmp: readBMP, tiff: readTIFF, webp: readWebP };

/** @returns {Promise<string>} one of the formats above, the name of another well-known one, or "" */
async function tellFormat(window) {
    const start = await window.letters(0, Math.min(16, window.size));
    if (start.startsWith("\x89PNG\r\n\x1a\n")) return "png";
    if (start.startsWith("\xff\xd8\xff")) return "jpeg";
    if (start.startsWith("RIFF") && start.slice(8, 12) === "WEBP") return "webp";
    if (/^(II[*+]\0|MM\0[*+])/.test(start)) return "tiff";
    if (start.startsWith("BM")) return "bmp";
    if (start.startsWith("GIF8")) return "GIF";
    if (start.startsWith("%PDF")) return "PDF";
    if (/^(<\?xml|<svg)/.test(start)) return "SVG";
    if (start.slice(4, 12) === "ftypavif") return "AVIF";
    if (/^ftyp(heic|heix|mif1|msf1|hevc)/.test(start.slice(4))) return "HEIC";
    return "";
}

/**
 * The format and, where it is one that can be read, the size.
 * @returns {Promise<{format: string, width?: number, height?: number, depth?: number, alpha?: boolean}>}
 */
export async function readHead(file) {
    const window = new FileWindow(file);
    const format = await tellFormat(window);
    const read = readers[format];
    if (!read) return { format };
    const head = await read(window);
    if (!(head.width > 0 && head.height > 0)) throw new Damaged("its header says that it has no pixels");
    return { format, ...head };
}
