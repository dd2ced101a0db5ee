// Estimates the bytes of a result: the browser encodes the previewed part, and its size is scaled up. The master's
// result differs from the estimate by some tenths.

/** Bits per sample of a canvas. */
const canvasDepth = 8;

/**
 * @param {HTMLCanvasElement} canvas a part of the result
 * @param {{format: string, quality: number|null, compression: string}} output the output of the file
 * @param {{width, height, channels, depth}} head the image's head
 * @returns {Promise<number|null>} bytes; `null` if the browser cannot tell
 */
export async function estimateBytes(canvas, output, head) {
    const pixels = head.width * head.height;
    const raw = pixels * (head.channels ?? 3) * ((head.depth ?? 8) / 8);
    if (output.format === "bmp" || (output.format === "tiff" && output.compression === "none")) return raw;
    const encoding = encodingOf(output);
    const blob = await new Promise((done) => canvas.toBlob(done, encoding.type, encoding.quality));
    // A browser that does not know a format encodes PNG.
    if (!blob || blob.type !== encoding.type) return null;
    const scale = pixels / (canvas.width * canvas.height);
    return Math.min(raw * 1.1, blob.size * scale * encoding.factor * (encoding.isLossless ? (head.depth ?? 8) / canvasDepth : 1));
}

function encodingOf({ format, quality, compression }) {
    if (format === "jpeg" || (format === "tiff" && compression === "jpeg")) {
        return { type: "image/jpeg", quality: (quality ?? 95) / 100, factor: 1 };
    }
    // At quality 1 it is lossless, in browsers that support WebP.
    if (format === "webp") return { type: "image/webp", quality: (quality ?? 100) / 100, factor: 1, isLossless: quality === null };
    // LZW compresses less than Deflate.
    const factor = format === "tiff" && (compression || "lzw") === "lzw" ? 1.25 : 1;
    return { type: "image/png", quality: undefined, factor, isLossless: true };
}
