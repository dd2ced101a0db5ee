// The source of the preview's pixels: the image as decoded by the browser, or the file itself. The file is used if the
// browser cannot decode it (TIFF), or would lose something: a canvas keeps 8 bits, and no color of fully transparent
// pixels.

import { decodable, sendable, sendsOften } from "./decoding.js";
import { tryFile } from "./trial.js";

/** Pixels around the crop that are sent too, because filters need the surroundings. */
const context = 256;

const why = {
    tiff: "browsers do not show TIFF, and this one is too large to ask the master. The job can take it.",
    large: "the image is too large to decode in the browser. The job can take it.",
    damaged: "neither the browser nor the master can show this file. It may be damaged; the job will say.",
    memory: "the browser has no memory left for it.",
    small: "there is no small picture of the whole image. Look at a part of it.",
};

/** Why there is no preview, as text for people. */
export class NoPreview extends Error {
    constructor(reason) {
        super(`No preview: ${why[reason]}`);
    }
}

/**
 * Opens a file for crops. A source draws the original crop (`before`), makes the data to send (`body`), and is closed
 * when another file is selected. A source that is `isRemote` asks the master for each crop.
 * @param {number|undefined} page the page of a TIFF file
 */
export async function openSource(item, limits, page) {
    // Waits for the first look, because the master may report the file's facts in it.
    await item.look;
    const { file, head } = item;
    if (head.format === "tiff") {
        if (head.width && sendable(file, head, limits)) return new FileSource(file, page);
        throw new NoPreview(sendable(file, head, limits) ? "damaged" : "tiff");
    }
    const holdsMore = head.channels === 4 || head.depth === 16;
    if (holdsMore && sendsOften(file, head, limits)) return new FileSource(file);
    if (head.width && !decodable(head)) throw new NoPreview("large");
    // Stored pixels without color conversion, as the workers see them.
    const image = await createImageBitmap(file, { colorSpaceConversion: "none" }).catch(() => null);
    if (image?.width === head.width && image.height === head.height) return new DecodedSource(image);
    // The sizes differ if the browser has ignored the orientation tag.
    image?.close();
    if (head.width && sendable(file, head, limits)) return new FileSource(file);
    throw new NoPreview("damaged");
}

class DecodedSource {
    isRemote = false;
    #image;
    /** The last crop, and its data to send. It is kept because steps change more often than the crop. */
    #crop = null;
    #body = null;

    constructor(image) {
        this.#image = image;
    }

    before({ x, y, w, h }) {
        return (pen) => pen.drawImage(this.#image, x, y, w, h, 0, 0, w, h);
    }

    /**
     * @returns {Promise<{blob: Blob, region: object}>} the crop with its surroundings, and the crop's position in it
     */
    body(crop) {
        if (crop === this.#crop) return this.#body;
        this.#crop = crop;
        this.#body = this.#encode(crop);
        // A failed request is repeated.
        this.#body.catch(() => {
            if (crop === this.#crop) this.#crop = null;
        });
        return this.#body;
    }

    async #encode(crop) {
        const left = Math.max(0, crop.x - context);
        const top = Math.max(0, crop.y - context);
        const width = Math.min(this.#image.width, crop.x + crop.w + context) - left;
        const height = Math.min(this.#image.height, crop.y + crop.h + context) - top;
        const canvas = document.createElement("canvas");
        paint(canvas, width, height, (pen) => pen.drawImage(this.#image, -left, -top));
        const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
        if (!blob) throw new NoPreview("memory");
        return { blob, region: { ...crop, x: crop.x - left, y: crop.y - top } };
    }

    close() {
        this.#image.close();
    }
}

class FileSource {
    isRemote = true;
    #file;
    #page;

    constructor(file, page) {
        this.#file = file;
        this.#page = page;
    }

    async before(crop, signal) {
        const image = await askMaster(this.body(crop), "", signal);
        return (pen) => {
            pen.drawImage(image, 0, 0);
            image.close();
        };
    }

    body(crop) {
        return { blob: this.#file, region: crop, page: this.#page };
    }

    close() {}
}

/** The master's preview of a part of an image. */
export async function askMaster({ blob, region: { x, y, w, h }, page }, transforms, signal) {
    return (await tryFile(blob, { transforms, x, y, w, h, page }, signal)).image;
}

export function paint(canvas, width, height, draw) {
    canvas.width = width;
    canvas.height = height;
    draw(canvas.getContext("2d"));
}
