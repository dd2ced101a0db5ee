// Parts of the job's pictures from the master, as bitmaps for a canvas.

import { getBlob, query } from "../shared/api.js";

/** The address of a part of the source or the result; a part left out means the whole image. */
const regionPath = (job, picture, fields) => `${job.links.self}/${picture}/region?${query(fields)}`;

/** A part as an ImageBitmap. What changes while the job runs must not come out of the browser's cache. */
export async function fetchRegion(job, picture, { part = {}, max, format, signal } = {}) {
    const isLasting = picture === "source" || job.status === "completed";
    const path = regionPath(job, picture, { ...part, max, format });
    return createImageBitmap(await getBlob(path, { signal, cache: isLasting ? "default" : "no-store" }));
}
