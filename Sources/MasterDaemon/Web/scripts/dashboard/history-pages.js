// Reads as many jobs as are shown; an answer has at most 200.

import { request } from "../shared/api.js";
import { learnTime } from "./server-clock.js";

const mostAtOnce = 200;

/** @returns {{jobs: object[], next: string|null}} the newest `wanted` jobs, and the cursor where there are more */
export async function readJobs(query, wanted, signal) {
    const jobs = [];
    let next = null;
    do {
        const limit = Math.min(mostAtOnce, wanted - jobs.length);
        const answer = await request(query.address(limit, next), { signal });
        learnTime(answer);
        const page = await answer.json();
        jobs.push(...page.jobs);
        next = page.next_cursor ?? null;
    } while (next !== null && jobs.length < wanted);
    return { jobs, next };
}
