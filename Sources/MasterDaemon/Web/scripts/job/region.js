// Fetches parts of the job's pictures as bitmaps for a canvas.

import { getBlobWithHeader, query } from "../shared/api.js";

/** The address of a part of the source or the result. Without a part it is the whole image. */
const regionPath = (job, picture, fields) => `${job.links.self}/${picture}/region?${query(fields)}`;

/**
 * A part as an ImageBitmap, and the pass that made it; `null` for a final picture. A picture that changes while the job
 * runs must not come from the browser's cache.
 */
export async function fetchRegion(job, picture, { part = {}, max, format, signal } = {}) {
    const isLasting = picture === "source" || job.status === "completed";
    const path = regionPath(job, picture, { ...part, max, format });
    const cache = isLasting ? "default" : "no-store";
    const [blob, pass] = await getBlobWithHeader(path, "Tilework-Pass", { signal, cache });
    return { bitmap: await createImageBitmap(blob), pass: pass === null ? null : Number(pass) };
}
