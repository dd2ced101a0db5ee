// The filter and order of the history. They are part of the page's address, so that reload and back restore them.

import { query } from "../shared/api.js";
import { byID, element } from "../shared/dom.js";
import { byWorkerName } from "../shared/worker-names.js";

const states = new Set(["pending", "processing", "completed", "failed", "cancelled"]);
const sorts = new Set(["created", "filename", "status", "size", "transforms", "tiles", "worked"]);
/** Milliseconds after the last key until the search begins. */
const pause = 250;
export const pageSize = 25;

/** The default filter and order. */
const defaults = { search: "", status: "", worker: "", from: "", to: "", batch: "", sort: "created", order: "desc" };
/** The fields that filter jobs. */
const filters = ["search", "status", "worker", "from", "to", "batch"];

export class HistoryQuery extends EventTarget {
    #wanted = { ...defaults };
    #search = byID("search");
    /** Form fields whose value is used unchanged. */
    #fields = { status: byID("status-filter"), worker: byID("worker-filter"), from: byID("from-filter"), to: byID("to-filter") };
    #timer = 0;
    /** Whether someone is typing. Then a new address replaces the last one, so that "back" skips the single letters. */
    #isTyping = false;

    constructor() {
        super();
        this.#read();
        this.#search.addEventListener("input", () => {
            clearTimeout(this.#timer);
            this.#timer = setTimeout(() => this.#typed(), pause);
        });
        this.#search.addEventListener("blur", () => (this.#isTyping = false));
        for (const [name, field] of Object.entries(this.#fields)) {
            field.addEventListener("change", () => this.choose({ [name]: field.value, search: this.#typedText() }));
        }
        byID("batch-clear").addEventListener("click", () => this.choose({ batch: "" }));
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

    get search() { return this.#wanted.search; }
    get status() { return this.#wanted.status; }
    get batch() { return this.#wanted.batch; }
    get sort() { return this.#wanted.sort; }
    get order() { return this.#wanted.order; }

    /** Whether all jobs are shown. */
    get isEmpty() {
        return filters.every((name) => this.#wanted[name] === "");
    }

    /** Whether new jobs come first. */
    get isNewestFirst() {
        return this.sort === "created" && this.order === "desc";
    }

    /** The number of rows shown at this entry of the browser's history. */
    get shown() {
        return window.history.state?.shown ?? pageSize;
    }

    set shown(number) {
        window.history.replaceState({ shown: number }, "");
    }

    /** Changes the filter or order, as a new entry of the browser's history. */
    choose(wanted) {
        this.#set(wanted, false);
    }

    /** Removes the filter and keeps the order. */
    clear() {
        this.choose(Object.fromEntries(filters.map((name) => [name, ""])));
    }

    /** Whether a job passes the filter; `null` if only the master can tell. */
    matches(job) {
        const { status, batch, worker, from, to } = this.#wanted;
        if (status && job.status !== status) return false;
        if (batch && job.batch !== batch) return false;
        const created = Date.parse(job.created_at);
        if (from && created < Date.parse(momentOf(from))) return false;
        if (to && created >= Date.parse(momentOf(to, 1))) return false;
        const text = this.search.toLowerCase();
        if (!job.filename.toLowerCase().includes(text) && !job.job_id.startsWith(text)) return false;
        return worker ? null : true;
    }

    /** The address of one page of jobs. */
    address(limit, cursor) {
        const { search, status, worker, batch, sort, order, from, to } = this.#wanted;
        return `jobs?${query({
            search, status, worker, batch, limit, cursor, created_from: from && momentOf(from), created_to: to && momentOf(to, 1),
            ...(this.isNewestFirst ? {} : { sort, order }),
        })}`;
    }

    /** Offers the known workers, and the one in the filter. */
    offerWorkers(names) {
        const { worker } = this.#fields;
        const all = [...new Set([...names, this.#wanted.worker].filter(Boolean))].sort(byWorkerName);
        const key = all.join("\n");
        if (worker.dataset.names === key) return;
        worker.dataset.names = key;
        worker.replaceChildren(element("option", { value: "" }, "All workers"),
            ...all.map((name) => element("option", { value: name }, name)));
        worker.value = this.#wanted.worker;
    }

    #typed() {
        const search = this.#typedText();
        if (search === this.search) return;
        this.#set({ search }, this.#isTyping);
        this.#isTyping = document.activeElement === this.#search;
    }

    #set(changed, inPlace) {
        clearTimeout(this.#timer);
        const wanted = { ...this.#wanted, ...changed };
        if (Object.keys(defaults).every((name) => wanted[name] === this.#wanted[name])) return;
        const fields = query(Object.fromEntries(
            Object.entries(wanted).filter(([name, value]) => value !== defaults[name])));
        const address = fields ? `?${fields}` : location.pathname;
        if (inPlace) window.history.replaceState(null, "", address);
        else window.history.pushState(null, "", address);
        this.#read();
        this.#changed();
    }

    #typedText() {
        return this.#search.value.trim();
    }

    #read() {
        const fields = new URLSearchParams(location.search);
        const text = (name) => (fields.get(name) ?? "").trim();
        const oneOf = (name, known) => (known(text(name)) ? text(name) : defaults[name]);
        const isDay = (one) => /^\d{4}-\d\d-\d\d$/.test(one) && !Number.isNaN(Date.parse(one));
        this.#wanted = {
            search: text("search").slice(0, this.#search.maxLength),
            status: oneOf("status", (one) => states.has(one)),
            worker: text("worker").slice(0, 100),
            from: oneOf("from", isDay),
            to: oneOf("to", isDay),
            batch: oneOf("batch", (one) => /^[\w.-]{1,64}$/.test(one)),
            sort: oneOf("sort", (one) => sorts.has(one)),
            order: oneOf("order", (one) => one === "asc"),
        };
        if (this.#typedText() !== this.search) this.#search.value = this.search;
        this.offerWorkers([...this.#fields.worker.options].map(({ value }) => value));
        for (const [name, field] of Object.entries(this.#fields)) field.value = this.#wanted[name];
        byID("batch-chip").hidden = this.batch === "";
        byID("batch-download").setAttribute("href", `/api/v1/results?${query({ batch: this.batch })}`);
    }

    #changed() {
        this.dispatchEvent(new Event("change"));
    }
}

/** The start of a day in the reader's time zone, or of a day some days later. */
function momentOf(day, later = 0) {
    const [year, month, date] = day.split("-").map(Number);
    return new Date(year, month - 1, date + later).toISOString();
}
