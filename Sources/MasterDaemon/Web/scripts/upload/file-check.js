// Whether the master will take a file, in words, before a byte of it is sent.

import { bytes, count, megapixels, size } from "../shared/format.js";
import { Damaged, Unsupported } from "./file-window.js";
import { readHead } from "./image-head.js";

/** @returns {Promise<{head?: object, reason?: string}>} `reason` where it will be refused */
export async function checkFile(file, limits) {
    if (file.size === 0) return { reason: "It is empty: there is not one byte in it." };
    let head;
    try {
        head = await readHead(file);
    } catch (error) {
        if (error instanceof Unsupported) return { reason: error.message };
        if (error instanceof Damaged) return { reason: `It is damaged: ${error.message}.` };
        return { reason: "It cannot be read. Of a folder, add the images in it." };
    }
    return { head: head.width ? head : undefined, reason: refusal(file, head, limits) };
}

function refusal(file, head, limits) {
    if (!head.width || !limits.formats.some(({ name }) => name === head.format)) {
        const taken = limits.formats.map(({ name }) => formatTitle(name)).join(", ");
        const found = head.format ? `${formatTitle(head.format)} files are` : "This is";
        return head.format ? `${found} not taken. Use ${taken}.` : `${found} no image that is taken. Use ${taken}.`;
    }
    if (file.size > limits.maximum_bytes) {
        return `It is too large: ${bytes(file.size)}, and ${bytes(limits.maximum_bytes)} is the most.`;
    }
    if (Math.min(head.width, head.height) < limits.minimum_side) {
        return `It is too small: each side needs at least ${count(limits.minimum_side)} px, and it has ${size(head)}.`;
    }
    if (head.width * head.height > limits.maximum_pixels) {
        const most = megapixels({ width: limits.maximum_pixels, height: 1 });
        return `It has too many pixels: ${megapixels(head)}, and ${most} is the most.`;
    }
    return undefined;
}

/** "png" → "PNG"; the one name that is no abbreviation in capitals is WebP. */
export const formatTitle = (name) => (name === "webp" ? "WebP" : name.toUpperCase());
