// The caller's limits, and how much of them is used.

import { element } from "./dom.js";
import { bytes, count, duration } from "./format.js";

const words = {
    requests: "Requests",
    uploads: "Uploads",
    bytes: "Bytes of uploads",
    unfinished: "Unfinished jobs",
    channels: "Pages that are live",
};

/**
 * One row for each limit: its name and its use.
 * @param {object[]} limits from `GET /api/v1/me`
 */
export function limitList(limits) {
    if (limits.length === 0) return element("p.small", {}, "Nothing is limited for you.");
    return element("dl.limit-list.small", {}, limits.map((limit) => [
        element("dt", {}, words[limit.name] ?? limit.name),
        element("dd", {}, use(limit)),
    ]));
}

function use({ name, limit, remaining, window_s: seconds }) {
    const figure = name === "bytes" ? bytes : count;
    const time = seconds === undefined ? "at once" : `in ${span(seconds)}`;
    return `${figure(limit - remaining)} of ${figure(limit)} ${time}`;
}

const span = (seconds) => (seconds === 86400 ? "a day" : duration(seconds));
