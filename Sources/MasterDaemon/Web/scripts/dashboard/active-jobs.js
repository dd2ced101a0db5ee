// Running and waiting jobs. A job that ends stays for a moment, so that its end can be seen.

import { byID, element, setText } from "../shared/dom.js";
import { count, plural } from "../shared/format.js";
import { isUnfinished, shownName } from "../shared/job-facts.js";
import { announce } from "../shared/shell.js";
import { ActiveJob } from "./active-job.js";
import { arrange, removeKeepingFocus } from "./keep-focus.js";

/** Jobs shown at first, and added by each click on "Show more". */
const few = 5;
const step = 20;
/** Milliseconds for which a job that has ended is still shown. */
const farewell = 3000;

export class ActiveJobs {
    #list = byID("active-jobs");
    #jobs = new Map();
    #items = new Map();
    /** Timers of jobs that have ended, by id. */
    #leaving = new Map();

    #most = few;
    #more = element("button.link", { type: "button", dataset: { testid: "active-more" }, onclick: () => this.#showMore() });

    constructor() {
        byID("active-more").append(this.#more);
    }

    begin(jobs) {
        this.#leaving.forEach(clearTimeout);
        this.#leaving.clear();
        this.#jobs = new Map(jobs.filter(isUnfinished).map((job) => [job.job_id, job]));
        this.show();
    }

    /** @param {object|null} job null if it was deleted */
    note(id, job) {
        clearTimeout(this.#leaving.get(id));
        this.#leaving.delete(id);
        if (job === null) this.#jobs.delete(id);
        else if (isUnfinished(job)) this.#jobs.set(id, job);
        else if (this.#items.has(id)) this.#end(id, job);
        else this.#jobs.delete(id);
    }

    #end(id, job) {
        if (job.status === "failed" && isUnfinished(this.#jobs.get(id))) announce(`${shownName(job)} failed`);
        this.#jobs.set(id, job);
        this.#leaving.set(id, setTimeout(() => {
            this.#leaving.delete(id);
            this.#jobs.delete(id);
            this.show();
        }, farewell));
    }

    #showMore() {
        const first = this.#list.children.length;
        this.#most += step;
        this.show();
        this.#list.children[first]?.querySelector("a").focus();
    }

    show() {
        const jobs = [...this.#jobs.values()].sort(inTurn);
        const shown = jobs.slice(0, this.#most);
        const keep = new Set(shown.map(({ job_id }) => job_id));
        for (const [id, item] of this.#items) {
            if (keep.has(id)) continue;
            this.#items.delete(id);
            removeKeepingFocus(item.root, byID("active-title"));
        }
        for (const job of shown) this.#showOne(job);
        arrange(this.#list, shown.map(({ job_id }) => this.#items.get(job_id).root));

        const unfinished = jobs.filter(isUnfinished);
        const waiting = unfinished.filter(({ status }) => status === "pending").length;
        const running = unfinished.length - waiting;
        byID("active-empty").hidden = jobs.length > 0;
        setText(byID("active-count"), unfinished.length === 0 ? "" : `${count(running)} running, ${count(waiting)} waiting`);
        byID("active-more").hidden = jobs.length <= this.#most;
        setText(this.#more, `Show more: ${plural(jobs.length - this.#most, "job", "jobs")} behind these`);
    }

    #showOne(job) {
        const item = this.#items.get(job.job_id);
        if (!item) this.#items.set(job.job_id, new ActiveJob(job));
        else if (item.job !== job) item.show(job);
    }
}

/** Running jobs, then waiting ones; each oldest first, which is the order of execution. */
function inTurn(one, other) {
    const rank = ({ status }) => (status === "pending" ? 1 : 0);
    return rank(one) - rank(other) || (one.job_id < other.job_id ? -1 : 1);
}
