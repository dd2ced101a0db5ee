// The rows of the history, as far as "Load more" was pressed. A changed job updates its row in place, or removes it. If
// the newest come first, new jobs are inserted. In other orders the list is reloaded a moment later.

import { DeleteDialog } from "../shared/delete-dialog.js";
import { byID, setText } from "../shared/dom.js";
import { plural } from "../shared/format.js";
import { everySecond } from "../shared/master-clock.js";
import { announce } from "../shared/shell.js";
import { HistoryEmpty } from "./history-empty.js";
import { readJobs } from "./history-pages.js";
import { pageSize } from "./history-query.js";
import { HistoryRow } from "./history-row.js";
import { HistorySelection } from "./history-selection.js";
import { arrange, neighbour, removeKeepingFocus } from "./keep-focus.js";

/** Milliseconds after which the list is reloaded once for all changes that may move rows. */
const settling = 1500;

export class HistoryList {
    #query;
    #body = byID("history-rows");
    #more = byID("more");
    #rows = new Map();
    /** The cursor after the last row, or null if no jobs follow. If the newest come first, it is that row's id. */
    #next = null;
    #isLoaded = false;
    /** The current request, and the changes since it was sent. */
    #loading = null;
    #meanwhile = new Map();
    #timer = 0;
    #empty;
    #selection = new HistorySelection(() => [...this.#body.children].map(({ dataset }) => this.#rows.get(dataset.job)));
    #dialog = new DeleteDialog((job, words) => {
        this.note(job.job_id, null);
        announce(words);
    });

    constructor(query) {
        this.#query = query;
        this.#empty = new HistoryEmpty(query);
        query.addEventListener("change", () => this.#load(this.#query.shown, "asked"));
        this.#more.addEventListener("click", () => this.#load(this.#rows.size + pageSize, "more"));
        everySecond(() => this.#rows.forEach((row) => row.tick()));
    }

    reload() {
        this.#load(this.#query.shown, "again");
    }

    loadOnce() {
        if (!this.#isLoaded && !this.#loading) this.reload();
    }

    /** @param {object|null} job null if it was deleted */
    note(id, job) {
        if (this.#loading) this.#meanwhile.set(id, job);
        if (!this.#isLoaded) return;
        const row = this.#rows.get(id);
        const isWanted = job !== null && this.#query.matches(job);
        if (isWanted === false) {
            if (row) this.#remove(id);
            // All shown rows are gone, and other jobs may take their place.
            if (this.#rows.size === 0 && this.#next !== null && !this.#loading) return this.reload();
        } else if (row) {
            const wasOther = row.job.status !== job.status;
            row.show(job);
            this.#selection.note(id, job);
            if (wasOther && !this.#query.isNewestFirst) this.#reloadSoon();
            return;
        } else if (isWanted === null || !this.#query.isNewestFirst) return this.#reloadSoon();
        else if (this.#next === null || id > this.#next) this.#insert(id, job);
        this.#showState();
    }

    #reloadSoon() {
        if (this.#timer) return;
        this.#timer = setTimeout(() => {
            this.#timer = 0;
            if (!this.#loading) this.reload();
        }, settling);
    }

    async #load(wanted, why) {
        this.#loading?.abort();
        const loading = new AbortController();
        this.#loading = loading;
        this.#meanwhile.clear();
        byID("history").setAttribute("aria-busy", "true");
        this.#more.setAttribute("aria-disabled", "true");
        try {
            const { jobs, next } = await readJobs(this.#query, wanted, loading.signal);
            if (this.#loading !== loading) return;
            this.#loading = null;
            this.#query.shown = Math.max(pageSize, wanted);
            this.#take(jobs, next, why);
            this.#empty.showFailure(null);
        } catch (problem) {
            if (this.#loading !== loading) return;
            this.#loading = null;
            this.#empty.showFailure(problem, () => this.#load(wanted, why));
        }
        byID("history").setAttribute("aria-busy", "false");
        this.#more.removeAttribute("aria-disabled");
        this.#showState();
    }

    #take(jobs, next, why) {
        const before = this.#rows.size;
        const keep = new Set(jobs.map(({ job_id }) => job_id));
        this.#isLoaded = true;
        this.#next = next;
        for (const id of [...this.#rows.keys()]) if (!keep.has(id)) this.#remove(id);
        for (const job of jobs) {
            const row = this.#rows.get(job.job_id);
            if (row) row.show(job);
            else this.#rows.set(job.job_id, this.#makeRow(job));
            this.#selection.note(job.job_id, job);
        }
        arrange(this.#body, jobs.map(({ job_id }) => this.#rows.get(job_id).root));
        // Changes that came over the channel meanwhile are newer than the answer.
        const missed = [...this.#meanwhile];
        this.#meanwhile.clear();
        for (const [id, job] of missed) this.note(id, job);

        if (why === "asked") announce(`${plural(this.#rows.size, "job", "jobs")} shown`);
        if (why !== "more") return;
        announce(`${plural(Math.max(0, this.#rows.size - before), "more job", "more jobs")} shown`);
        // The button disappears after the last page. Focus on it moves to the first new row.
        if (!next && document.activeElement === this.#more) this.#body.children[before]?.querySelector("a").focus();
    }

    #makeRow(job) {
        return new HistoryRow(job, {
            askDelete: (row) => this.#askDelete(row), choose: (row, isChosen) => this.#selection.set(row, isChosen),
        });
    }

    #askDelete({ job, root }) {
        const heir = neighbour(root, "delete");
        this.#dialog.ask(job, () => {
            // The row may be gone before the dialog closes. Then focus has nowhere to return to.
            if (root.isConnected || document.activeElement !== document.body) return;
            (heir?.isConnected ? heir : byID("history-title")).focus();
        });
    }

    #insert(id, job) {
        const row = this.#makeRow(job);
        this.#rows.set(id, row);
        let place = this.#body.firstElementChild;
        while (place && place.dataset.job > id) place = place.nextElementSibling;
        this.#body.insertBefore(row.root, place);
        // The list keeps its length. Further rows are behind "Load more".
        while (this.#rows.size > this.#query.shown) {
            this.#remove(this.#body.lastElementChild.dataset.job);
            this.#next = this.#body.lastElementChild.dataset.job;
        }
    }

    #remove(id) {
        removeKeepingFocus(this.#rows.get(id).root, byID("history-title"));
        this.#rows.delete(id);
        this.#selection.note(id, null);
    }

    #showState() {
        const isEmpty = this.#isLoaded && this.#rows.size === 0;
        byID("history-loading").hidden = this.#isLoaded;
        byID("history-table").hidden = this.#rows.size === 0;
        byID("history-foot").hidden = this.#rows.size === 0;
        this.#more.hidden = this.#next === null;
        setText(byID("history-count"), this.#next === null
            ? plural(this.#rows.size, "job", "jobs")
            : `The ${this.#query.isNewestFirst ? "newest" : "first"} ${plural(this.#rows.size, "job", "jobs")}`);
        this.#empty.show(isEmpty);
        this.#selection.show();
    }
}
