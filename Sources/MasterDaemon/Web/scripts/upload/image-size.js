// The size of an image as the browser tells it: before it decodes a pixel, so that 500 megapixels take no memory.

/** What holds the headers of nearly every file, long profiles and thumbnails among them. */
const beginning = 1 << 20;

/**
 * @param {number} most bytes of a file that is looked at as a whole where its beginning does not do
 * @returns {Promise<{width: number, height: number}|null>} `null` where the browser does not know this kind
 */
export async function measure(file, most) {
    const size = await sizeOf(file.slice(0, beginning, file.type));
    return size ?? (file.size > beginning && file.size <= most ? sizeOf(file) : null);
}

/** An image that is never shown is never decoded either. */
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
