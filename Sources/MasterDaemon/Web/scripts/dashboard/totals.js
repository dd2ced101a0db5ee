// The figures on top: throughput, jobs by status, and totals since the master's start.

import { byID, element, setText } from "../shared/dom.js";
import { bytes, count, dateTime, duration, figure, plural } from "../shared/format.js";
import { everySecond } from "../shared/master-clock.js";
import { isOnline } from "../shared/worker-state.js";
import { showProblems } from "./problem-counts.js";
import { RateTrace } from "./rate-trace.js";

const states = ["processing", "pending", "completed", "failed", "cancelled"];

export class Totals {
    #places = new Map();
    #shares = new Map();
    #trace = new RateTrace();
    /** The time of the master's start, by this window's clock. */
    #started = null;
    #paused = false;

    constructor() {
        for (const place of document.querySelectorAll("[data-total]")) this.#places.set(place.dataset.total, place);
        byID("rate-trace").append(this.#trace.root);
        this.#makeShares();
        everySecond(() => this.#showUptime());
    }

    show(statistics) {
        const { jobs, tiles, workers, storage } = statistics;
        this.#set("rate", figure(tiles.per_s), "mean of the last 10 s");
        this.#set("tiles", count(tiles.completed), "since the start");
        this.#set("workers", count(workers.online), plural(workers.slots, "slot", "slots"));
        this.#set("jobs", count(states.reduce((sum, state) => sum + jobs[state], 0)));
        if (storage) {
            this.#set("stored", bytes(storage.source_bytes + storage.result_bytes),
                `${bytes(storage.source_bytes)} in, ${bytes(storage.result_bytes)} out`);
        }
        this.#showShares(jobs);
        this.#started = Date.now() - statistics.uptime_s * 1000;
        this.#showUptime();
        showProblems(statistics);
        byID("totals").setAttribute("aria-busy", "false");
    }

    /** Shows the sum of the curves of all online workers. */
    showTrace(workers) {
        const histories = workers.filter(isOnline).map((worker) => worker.tiles_per_s_history ?? []);
        const length = Math.max(0, ...histories.map((history) => history.length));
        const sum = Array.from({ length }, (_, place) =>
            histories.reduce((all, history) => all + (history.at(place - length) ?? 0), 0));
        this.#trace.show(sum, Math.max(1, ...sum));
    }

    /** Stops the uptime's clock while the master is not reachable. */
    pause(isPaused) {
        this.#paused = isPaused;
    }

    #set(name, text, more) {
        const place = this.#places.get(name);
        if (!more) return setText(place, text);
        const note = place.querySelector("small") ?? element("small");
        setText(note, more);
        if (place.firstChild?.textContent !== text || !note.parentNode) place.replaceChildren(text, note);
    }

    #showUptime() {
        if (this.#started === null || this.#paused) return;
        this.#set("uptime", uptime((Date.now() - this.#started) / 1000), `since ${dateTime(this.#started)}`);
    }

    /** Makes a bar with one piece for each status, and a list of the same numbers. */
    #makeShares() {
        const bar = element("div.share-bar", { "aria-hidden": "true" });
        const words = element("ul.share-words");
        for (const state of states) {
            const piece = element("span", { dataset: { status: state } });
            const number = element("strong", {}, "–");
            bar.append(piece);
            words.append(element("li", { dataset: { status: state } }, number, ` ${state}`));
            this.#shares.set(state, { piece, number });
        }
        byID("job-shares").append(bar, words);
    }

    #showShares(jobs) {
        for (const [state, { piece, number }] of this.#shares) {
            piece.style.flexGrow = jobs[state];
            piece.hidden = jobs[state] === 0;
            setText(number, count(jobs[state]));
        }
    }
}

/** Includes days if there are any. */
function uptime(seconds) {
    if (seconds < 10) return `${Math.floor(seconds)} s`;
    if (seconds < 86_400) return duration(seconds);
    return `${plural(Math.floor(seconds / 86_400), "day", "days")} ${Math.floor((seconds % 86_400) / 3600)} h`;
}
