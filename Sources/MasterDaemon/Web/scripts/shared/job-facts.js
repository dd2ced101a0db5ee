// Facts about any job.

import { presentTime } from "./presence.js";

export const isUnfinished = ({ status }) => status === "pending" || status === "processing";

/**
 * The file's name for people, without characters that change the direction of writing and could disguise the extension.
 */
export const shownName = ({ filename }) => filename.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");

/** When each job reached this page. The master's times refer to that moment. */
const arrivals = new WeakMap();

/** Seconds of work until now; null before the start. */
export function secondsWorked(job) {
    if (!arrivals.has(job)) arrivals.set(job, presentTime());
    if (job.worked_s === undefined) return null;
    const since = job.status === "processing" ? (presentTime() - arrivals.get(job)) / 1000 : 0;
    return job.worked_s + Math.max(0, since);
}

/** Seconds between start and end without work, as between an end and a retry. */
export function secondsPaused({ started_at, finished_at, worked_s }) {
    if (!started_at || !finished_at || worked_s === undefined) return 0;
    return Math.max(0, (Date.parse(finished_at) - Date.parse(started_at)) / 1000 - worked_s);
}
