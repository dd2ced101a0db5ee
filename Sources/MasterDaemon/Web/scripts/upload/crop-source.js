// Where the preview takes its pixels from: the image decoded by the browser, or the file itself where the browser
// cannot decode it (TIFF) or would lose something (a canvas keeps 8 bits, and no color where nothing shows).

import { request } from "../shared/api.js";
import { decodable, sendable, sendsOften } from "./decoding.js";

/** Pixels around the crop that are sent along, so that filters see what is beyond its edges. */
const context = 256;

const why = {
    tiff: "browsers do not show TIFF, and this one is too large to ask the master. The job can take it.",
    large: "the image is too large to decode in the browser. The job can take it.",
    damaged: "the browser cannot decode this file. It may be damaged; the master will say.",
    memory: "the browser has no memory left for it.",
};

/** Why there is no preview, for people. */
export class NoPreview extends Error {
    constructor(reason) {
        super(`No preview: ${why[reason]}`);
    }
}

/**
 * Opens a file for crops. A source draws a crop as it is (`before`), says what to send for it (`body`), and is closed
 * when another file is looked at.
 */
export async function openSource({ file, head }) {
    if (head.format === "tiff") {
        if (sendable(file, head)) return new FileSource(file);
        throw new NoPreview("tiff");
    }
    if ((head.alpha || head.depth === 16) && sendsOften(file, head)) return new FileSource(file);
    if (!decodable(head)) throw new NoPreview("large");
    try {
        // Pixels as they are stored, which is what the workers see.
        return new DecodedSource(await createImageBitmap(file, { colorSpaceConversion: "none" }));
    } catch {
        throw new NoPreview("damaged");
    }
}

/** Keeps what was made for the last crop. */
class LastOne {
    #key = "";
    #made = null;

    of({ x, y, w, h }, make) {
        const key = [x, y, w, h].join();
        if (key !== this.#key) {
            this.#key = key;
            this.#made = make();
            // A failed one is tried again.
            this.#made.catch(() => (this.#key = ""));
        }
        return this.#made;
    }
}

class DecodedSource {
    #image;
    #bodies = new LastOne();

    constructor(image) {
        this.#image = image;
    }

    async before({ x, y, w, h }, canvas) {
        paint(canvas, w, h, (pen) => pen.drawImage(this.#image, x, y, w, h, 0, 0, w, h));
    }

    /** @returns {Promise<{blob: Blob, region: object}>} the crop with its surroundings, and where in it the crop is */
    body(crop) {
        return this.#bodies.of(crop, async () => {
            const left = Math.max(0, crop.x - context);
            const top = Math.max(0, crop.y - context);
            const width = Math.min(this.#image.width, crop.x + crop.w + context) - left;
            const height = Math.min(this.#image.height, crop.y + crop.h + context) - top;
            const canvas = document.createElement("canvas");
            paint(canvas, width, height, (pen) => pen.drawImage(this.#image, -left, -top));
            const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
            if (!blob) throw new NoPreview("memory");
            return { blob, region: { ...crop, x: crop.x - left, y: crop.y - top } };
        });
    }

    close() {
        this.#image.close();
    }
}

class FileSource {
    #file;
    #befores = new LastOne();

    constructor(file) {
        this.#file = file;
    }

    async before(crop, canvas) {
        const image = await this.#befores.of(crop, async () => askMaster({ blob: this.#file, region: crop }, ""));
        paint(canvas, crop.w, crop.h, (pen) => pen.drawImage(image, 0, 0));
    }

    async body(crop) {
        return { blob: this.#file, region: crop };
    }

    close() {}
}

/** The master's answer for a part of an image. */
export async function askMaster({ blob, region: { x, y, w, h } }, transforms, signal) {
    const query = new URLSearchParams({ transforms, x, y, w, h });
    const answer = await request(`preview?${query}`, { method: "POST", body: blob, signal });
    return createImageBitmap(await answer.blob(), { colorSpaceConversion: "none" });
}

export function paint(canvas, width, height, draw) {
    canvas.width = width;
    canvas.height = height;
    draw(canvas.getContext("2d"));
}
