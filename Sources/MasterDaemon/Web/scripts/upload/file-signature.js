// Detects the kind of a file by its first bytes, not by its name. The master determines everything else.

/** @returns {Promise<string>} a format of the API, the name of another well-known one, or "" */
export async function tellFormat(file) {
    const start = String.fromCharCode(...new Uint8Array(await file.slice(0, 16).arrayBuffer()));
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
