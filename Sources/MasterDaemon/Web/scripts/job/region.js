// Parts of the job's pictures from the master, as bitmaps for a canvas.

import { request } from "../shared/api.js";

/** The address of a part of the source or the result; a part left out means the whole image. */
export function regionPath(job, picture, part, max, format) {
    const query = new URLSearchParams({ ...part, max });
    if (format) query.set("format", format);
    return `${job.links.self}/${picture}/region?${query}`;
}

/** A part as an ImageBitmap. What changes while the job runs must not come out of the browser's cache. */
export async function fetchRegion(job, picture, { part = {}, max, format, signal } = {}) {
    const isLasting = picture === "source" || job.status === "completed";
    const answer = await request(regionPath(job, picture, part, max, format), {
        signal,
        cache: isLasting ? "default" : "no-store",
    });
    return createImageBitmap(await answer.blob());
}
