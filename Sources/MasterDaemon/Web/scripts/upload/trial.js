// Asks the master about a file: its facts, and a region of it, with steps or without.

import { getBlobWithHeader, query } from "../shared/api.js";

/** Errors for files that the master would not accept as a job either. */
const refusals = /:(not-an-image|unsupported-image|damaged-image)$/;

export const isRefusal = ({ type }) => refusals.test(type ?? "");

/**
 * @param {Blob} blob an image file
 * @param {object} fields the fields of the query
 * @returns {Promise<{image: ImageBitmap, head: object}>} the head is {format, width, height, channels, depth, pages}
 */
export async function tryFile(blob, fields, signal) {
    const path = `preview?${query(fields)}`;
    const [picture, facts] = await getBlobWithHeader(path, "Tilework-Image", { method: "POST", body: blob, signal });
    return { image: await createImageBitmap(picture, { colorSpaceConversion: "none" }), head: readFacts(facts ?? "") };
}

/** "format=png, width=3" → {format: "png", width: 3}. */
function readFacts(text) {
    const pairs = [...text.matchAll(/([a-z]+)=([^,\s]+)/g)];
    return Object.fromEntries(pairs.map(([, name, value]) => [name, /^\d+$/.test(value) ? Number(value) : value]));
}
