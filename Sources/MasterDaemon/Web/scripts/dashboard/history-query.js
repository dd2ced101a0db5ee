// What the history is asked for. It stands in the page's address, so that reload and back bring it again.

import { query } from "../shared/api.js";
import { byID } from "../shared/dom.js";

const states = new Set(["pending", "processing", "completed", "failed", "cancelled"]);
const pause = 250;
export const pageSize = 25;

export class HistoryQuery extends EventTarget {
    search = "";
    status = "";
    #input = byID("search");
    #select = byID("status-filter");
    #timer = 0;
    /** While someone types, the address changes in place: back leads to what was before the typing. */
    #isTyping = false;

    constructor() {
        super();
        this.#read();
        this.#input.addEventListener("input", () => {
            clearTimeout(this.#timer);
            this.#timer = setTimeout(() => this.#typed(), pause);
        });
        this.#input.addEventListener("blur", () => (this.#isTyping = false));
        this.#select.addEventListener("change", () => this.choose({ status: this.#select.value, search: this.#typedText() }));
        byID("history-filter").addEventListener("submit", (event) => {
            event.preventDefault();
            this.#typed();
        });
        window.addEventListener("popstate", () => {
            clearTimeout(this.#timer);
            this.#isTyping = false;
            this.#read();
            this.#changed();
        });
    }

    get isEmpty() {
        return this.search === "" && this.status === "";
    }

    /** How many rows were shown at this place of the browser's history. */
    get shown() {
        return window.history.state?.shown ?? pageSize;
    }

    set shown(number) {
        window.history.replaceState({ shown: number }, "");
    }

    /** Asks for something else, as a new place in the browser's history. */
    choose(wanted) {
        this.#set(wanted, false);
    }

    /** Whether a job is among those asked for. */
    matches(job) {
        if (this.status && job.status !== this.status) return false;
        const text = this.search.toLowerCase();
        return job.filename.toLowerCase().includes(text) || job.job_id.startsWith(text);
    }

    /** The address of a page of jobs. */
    address(limit, cursor) {
        return `jobs?${query({ search: this.search, status: this.status, limit, cursor })}`;
    }

    #typed() {
        const search = this.#typedText();
        if (search === this.search) return;
        this.#set({ search }, this.#isTyping);
        this.#isTyping = document.activeElement === this.#input;
    }

    #set(wanted, inPlace) {
        clearTimeout(this.#timer);
        const { search = this.search, status = this.status } = wanted;
        if (search === this.search && status === this.status) return;
        const fields = query({ search, status });
        const address = fields ? `?${fields}` : location.pathname;
        if (inPlace) window.history.replaceState(null, "", address);
        else window.history.pushState(null, "", address);
        this.#read();
        this.#changed();
    }

    #typedText() {
        return this.#input.value.trim();
    }

    #read() {
        const fields = new URLSearchParams(location.search);
        const status = fields.get("status") ?? "";
        this.search = (fields.get("search") ?? "").trim().slice(0, this.#input.maxLength);
        this.status = states.has(status) ? status : "";
        if (this.#typedText() !== this.search) this.#input.value = this.search;
        this.#select.value = this.status;
    }

    #changed() {
        this.dispatchEvent(new Event("change"));
    }
}
