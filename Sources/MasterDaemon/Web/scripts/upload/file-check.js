// Predicts whether the master accepts a file, by its first bytes and its size, before anything is sent.

import { bytes, count, megapixels, size } from "../shared/format.js";
import { tellFormat } from "./file-signature.js";
import { measure } from "./image-size.js";

/**
 * @returns {Promise<{head?: object, reason?: string}>} `reason` if it will be refused; the head has a width and a
 * height if the browser knows them
 */
export async function checkFile(file, limits) {
    if (file.size === 0) return { reason: "It is empty: there is not one byte in it." };
    let format;
    try {
        format = await tellFormat(file);
    } catch {
        return { reason: "It cannot be read. Of a folder, add the images in it." };
    }
    if (!limits.formats.some(({ name }) => name === format)) {
        const taken = limits.formats.map(({ name }) => formatTitle(name)).join(", ");
        const found = format ? `${formatTitle(format)} files are not taken` : "This is no image that is taken";
        return { reason: `${found}. Use ${taken}.` };
    }
    if (file.size > limits.maximum_bytes) {
        return { reason: `It is too large: ${bytes(file.size)}, and ${bytes(limits.maximum_bytes)} is the most.` };
    }
    const head = { format, ...(format === "tiff" ? null : await measure(file, limits.trial_bytes)) };
    return { head, reason: sizeRefusal(head, limits) };
}

/** Why an image of this size is refused; `undefined` if it is accepted, or its size is unknown. */
export function sizeRefusal(head, limits) {
    if (!head.width) return undefined;
    if (Math.min(head.width, head.height) < limits.minimum_side) {
        return `It is too small: each side needs at least ${count(limits.minimum_side)} px, and it has ${size(head)}.`;
    }
    if (head.width * head.height > limits.maximum_pixels) {
        const most = megapixels({ width: limits.maximum_pixels, height: 1 });
        return `It has too many pixels: ${megapixels(head)}, and ${most} is the most.`;
    }
    return undefined;
}

/** "png" → "PNG". All names are capitals except WebP. */
export const formatTitle = (name) => (name === "webp" ? "WebP" : name.toUpperCase());
