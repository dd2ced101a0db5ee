// Small pictures of files, made one after the other: decoding takes a lot of memory for a moment.

import { getBlob, query } from "../shared/api.js";
import { decodable, sendable } from "./decoding.js";

/** Large enough for the overview beside the preview as well. */
const side = 512;
let last = Promise.resolve();

/** @returns {Promise<{picture?: ImageBitmap, part?: object, note?: string}>} `part` where it shows a part only */
export function thumbnail(file, head, limits) {
    const made = last.then(() => make(file, head, limits)).catch(() => ({ note: "No picture: the browser cannot decode it." }));
    last = made;
    return made;
}

async function make(file, head, limits) {
    if (head.format === "tiff") return fromMaster(file, head, limits);
    if (!decodable(head)) return { note: "No picture: it is too large to decode here. The job can take it." };
    return { picture: await createImageBitmap(file, fitted(head)) };
}

/** Browsers do not decode TIFF; the master shows a part of it in its own pixels. */
async function fromMaster(file, head, limits) {
    if (!sendable(file, head, limits)) {
        return { note: "No picture: browsers do not show TIFF, and it is too large to ask the master." };
    }
    const [width, height] = [Math.min(1024, head.width), Math.min(1024, head.height)];
    const [x, y] = [Math.floor((head.width - width) / 2), Math.floor((head.height - height) / 2)];
    const shown = await getBlob(`preview?${query({ x, y, w: width, h: height })}`, { method: "POST", body: file });
    const picture = await createImageBitmap(shown, fitted({ width, height }));
    const isWhole = width === head.width && height === head.height;
    return isWhole ? { picture } : { picture, part: { x, y, width, height }, note: "The picture shows its middle." };
}

function fitted({ width, height }) {
    const scale = Math.min(1, side / Math.max(width, height));
    return {
        resizeWidth: Math.max(1, Math.round(width * scale)),
        resizeHeight: Math.max(1, Math.round(height * scale)),
        resizeQuality: "medium",
    };
}
