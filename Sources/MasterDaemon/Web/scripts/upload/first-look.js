// Gets a small picture of a file, and the master's facts about it. Files are handled one after the other, because
// decoding takes much memory, and the master has other clients.

import { asSentence } from "../shared/sentence.js";
import { decodable, sendable, sendsOften } from "./decoding.js";
import { isRefusal, tryFile } from "./trial.js";

/** Large enough for the overview next to the preview. */
const side = 512;
let last = Promise.resolve();

/**
 * @param {number|undefined} page the page of a TIFF file
 * @returns {Promise<{picture?: ImageBitmap, head?: object, note?: string, reason?: string}>} `reason` if the master
 * refuses it
 */
export function firstLook(file, head, limits, page) {
    const seen = last.then(() => look(file, head, limits, page)).catch(() => ({ note: "No picture: it cannot be read." }));
    last = seen;
    return seen;
}

async function look(file, head, limits, page) {
    // Only the master knows a PNG's depth, and which kinds of a format it accepts. JPEG files are not sent, because
    // nearly all are of the kind that it accepts.
    if (head.format !== "jpeg" && sendsOften(file, head, limits)) return fromMaster(file, head, page);
    if (decodable(head)) {
        try {
            const picture = await createImageBitmap(file, fitted(head));
            return { picture, head: { isTransparent: head.format !== "jpeg" && isTransparent(picture) } };
        } catch {
            // The master may be able to show it, or know why not.
        }
    }
    if (sendable(file, head, limits)) return fromMaster(file, head, page);
    return { note: `No picture: ${head.format === "tiff" ? "browsers do not show TIFF, and " : ""}it is too large to ask `
        + "the master. The job can take it." };
}

async function fromMaster(file, { format }, page) {
    try {
        const { image, head } = await tryFile(file, { max: side, page: format === "tiff" ? page : undefined });
        return { picture: image, head: { ...head, isTransparent: head.channels === 4 && isTransparent(image) } };
    } catch (error) {
        const reason = asSentence(error.message);
        return isRefusal(error) ? { reason } : { note: `No picture: ${reason}` };
    }
}

/** Whether any pixel is transparent. The job finds transparency that is visible only in full size. */
function isTransparent(picture) {
    const { width, height } = picture;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [width, height];
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.drawImage(picture, 0, 0);
    const { data } = pen.getImageData(0, 0, width, height);
    for (let index = 3; index < data.length; index += 4) if (data[index] < 255) return true;
    return false;
}

function fitted({ width, height }) {
    const scale = Math.min(1, side / Math.max(width, height));
    return {
        resizeWidth: Math.max(1, Math.round(width * scale)),
        resizeHeight: Math.max(1, Math.round(height * scale)),
        resizeQuality: "medium",
    };
}
