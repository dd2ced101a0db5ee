// Reads as many jobs as are shown. One answer has at most 200.

import { getJSON } from "../shared/api.js";

const mostAtOnce = 200;

/** @returns {{jobs: object[], next: string|null}} the newest `wanted` jobs, and the cursor if there are more */
export async function readJobs(query, wanted, signal) {
    const jobs = [];
    let next = null;
    do {
        const limit = Math.min(mostAtOnce, wanted - jobs.length);
        const page = await getJSON(query.address(limit, next), { signal });
        jobs.push(...page.jobs);
        next = page.next_cursor ?? null;
    } while (next !== null && jobs.length < wanted);
    return { jobs, next };
}
