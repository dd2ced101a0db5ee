// The size of an image, from the browser. It is known before any pixel is decoded, so 500 megapixels take no memory.

/** Enough for the headers of nearly every file, including long profiles and thumbnails. */
const beginning = 1 << 20;

/**
 * @param {number} most the largest file that is read as a whole if its beginning is not enough
 * @returns {Promise<{width: number, height: number}|null>} `null` if the browser does not know the format
 */
export async function measure(file, most) {
    const size = await sizeOf(file.slice(0, beginning, file.type));
    return size ?? (file.size > beginning && file.size <= most ? sizeOf(file) : null);
}

/** An image element that is never shown is never decoded. */
async function sizeOf(blob) {
    const image = new Image();
    const address = URL.createObjectURL(blob);
    try {
        const isKnown = await new Promise((done) => {
            image.onload = () => done(true);
            image.onerror = () => done(false);
            image.src = address;
        });
        const { naturalWidth: width, naturalHeight: height } = image;
        return isKnown && width > 0 && height > 0 ? { width, height } : null;
    } finally {
        URL.revokeObjectURL(address);
    }
}
