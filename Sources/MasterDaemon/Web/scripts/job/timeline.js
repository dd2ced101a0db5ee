// The job's events: start, end, retries, and attempts at tiles that failed.

import { getJSON } from "../shared/api.js";
import { byID, element, setText } from "../shared/dom.js";
import { dateTime, duration, plural } from "../shared/format.js";
import { asSentence } from "../shared/sentence.js";
import { colorOf } from "../shared/worker-colors.js";

/** Milliseconds between two requests for a running job, because the channel does not report attempts. */
const pause = 5000;
/** The number of events shown at first: the latest. */
const few = 12;

const words = {
    submitted: "Sent", started: "Started", continued: "Went on after an interruption", retried: "Retried",
    completed: "Completed", failed: "Failed", cancelled: "Cancelled",
};
const attempts = {
    attempt_failed: "failed", attempt_late: "brought no result in time", worker_lost: "was lost with its worker",
};
/** Events of every successful job. */
const usual = new Set(["submitted", "started", "completed"]);

export class Timeline {
    #events = [];
    #key = "";
    #asked = 0;
    #isWhole = false;
    #more = element("button.link.small", { type: "button", onclick: () => this.#showAll() });

    constructor() {
        byID("timeline").before(this.#more);
    }

    async show(job) {
        const key = [job.job_id, job.status, job.started_at, job.finished_at].join();
        const isDue = job.status === "processing" && performance.now() - this.#asked > pause;
        if (key === this.#key && !isDue) return;
        this.#key = key;
        this.#asked = performance.now();
        try {
            const { events } = await getJSON(job.links.timeline);
            if (key === this.#key) this.#take(events);
        } catch {
            // The next change of the job requests it again.
            if (key === this.#key) this.#key = "";
        }
    }

    #take(events) {
        this.#events = events;
        byID("timeline-card").hidden = events.every(({ kind }) => usual.has(kind));
        const list = byID("timeline");
        const shown = this.#isWhole ? events : events.slice(-few);
        const text = JSON.stringify(shown);
        if (list.dataset.text === text) return;
        list.dataset.text = text;
        this.#more.hidden = shown.length === events.length;
        setText(this.#more, `Show ${plural(events.length - shown.length, "earlier event", "earlier events")}`);
        const first = events.length - shown.length;
        list.replaceChildren(...shown.map((event, i) => row(event, events[first + i - 1])));
    }

    #showAll() {
        this.#isWhole = true;
        this.#take(this.#events);
        byID("timeline").focus();
    }
}

function row(event, before) {
    const { at, kind, tile, attempt, worker, reason } = event;
    const since = before ? (Date.parse(at) - Date.parse(before.at)) / 1000 : 0;
    const time = element("time.small.soft.figures", { datetime: at, title: dateTime(at) }, clock(at));
    return element("li.event", { dataset: { testid: "event", kind } },
        element("p.event-head", {},
            element("strong", {}, tile ? `${attempt ? `Attempt ${attempt}` : "An attempt"} ${attempts[kind]}` : words[kind]),
            time),
        tile ? element("p.small", {}, placeOf(tile)) : null,
        worker ? element("p.small.event-worker", { dataset: { worker: colorOf(worker) } }, worker) : null,
        reason ? element("p.small.event-reason", {}, asSentence(reason)) : null,
        since >= 1 ? element("p.small.soft", {}, `${duration(since)} later`) : null);
}

/** A tile's place, in the words of the line below the mosaic. */
const placeOf = ({ pass, row: line, column }) => `Row ${line}, column ${column}${pass > 1 ? `, pass ${pass}` : ""}`;

const clock = (moment) => new Date(moment).toLocaleTimeString(undefined, { timeStyle: "medium" });
