// Selected jobs, and actions on all of them.

import { deleteJob, query, retryJob } from "../shared/api.js";
import { AskDialog } from "../shared/ask-dialog.js";
import { byID, element, setText } from "../shared/dom.js";
import { bytes, plural } from "../shared/format.js";
import { isUnfinished, shownName } from "../shared/job-facts.js";
import { announce } from "../shared/shell.js";

/** Requests sent at once. More would only wait in the browser. */
const atOnce = 4;
/** The API's limit of results in one zip file. */
const mostResults = 200;

export class HistorySelection {
    /** Jobs by id. */
    #chosen = new Map();
    #rows;
    #all = byID("select-all");
    #dialog = new AskDialog("delete-many", { title: "Delete these jobs?", keep: "Keep them", confirm: "Delete them" });
    #failure = byID("selection-failure");
    #isBusy = false;

    /** @param {() => HistoryRow[]} rows the shown rows, in order */
    constructor(rows) {
        this.#rows = rows;
        this.#all.addEventListener("change", () => {
            // Read first, because each row's change sets the box again.
            const isChosen = this.#all.checked;
            for (const row of rows()) this.set(row, isChosen);
        });
        byID("selection-clear").addEventListener("click", () => {
            for (const row of rows()) this.set(row, false);
            this.#all.focus();
        });
        byID("selection-retry").addEventListener("click", () => this.#retry());
        byID("selection-delete").addEventListener("click", () => this.#askDelete());
    }

    set(row, isChosen) {
        row.choose(isChosen);
        if (isChosen) this.#chosen.set(row.job.job_id, row.job);
        else this.#chosen.delete(row.job.job_id);
        this.show();
    }

    /** @param {object|null} job the job as its row shows it now; null if the row is gone */
    note(id, job) {
        if (!this.#chosen.has(id)) return;
        if (job) this.#chosen.set(id, job);
        else this.#chosen.delete(id);
        this.show();
    }

    show() {
        const jobs = [...this.#chosen.values()];
        const number = this.#rows().length;
        byID("selection").hidden = jobs.length === 0;
        this.#all.checked = jobs.length > 0 && jobs.length === number;
        this.#all.indeterminate = jobs.length > 0 && jobs.length < number;
        setText(byID("selection-count"), `${plural(jobs.length, "job", "jobs")} chosen`);
        const results = jobs.filter(({ links }) => links.result);
        const download = byID("selection-download");
        download.hidden = results.length === 0;
        setText(download, results.length === jobs.length ? "Download" : `Download ${plural(results.length, "result", "results")}`);
        if (results.length === 1) download.setAttribute("href", results[0].links.result);
        else download.setAttribute("href", archiveAddress(results));
        const retries = jobs.filter(({ links }) => links.retry).length;
        byID("selection-retry").hidden = retries === 0;
        setText(byID("selection-retry"), retries === jobs.length ? "Retry" : `Retry ${plural(retries, "job", "jobs")}`);
    }

    async #retry() {
        const jobs = [...this.#chosen.values()].filter(({ links }) => links.retry);
        const number = await this.#each(jobs, retryJob, "retried");
        announce(`${plural(number, "job runs", "jobs run")} again`);
    }

    #askDelete() {
        const jobs = [...this.#chosen.values()];
        const freed = bytes(jobs.reduce((sum, { source, result }) => sum + source.bytes + (result?.bytes ?? 0), 0));
        const others = jobs.length > 1 ? ` and ${plural(jobs.length - 1, "other job", "other jobs")}` : "";
        const unfinished = jobs.filter(isUnfinished).length;
        const stop = unfinished > 0 ? ` ${plural(unfinished, "is", "are")} not finished, and stopped first.` : "";
        this.#dialog.ask(shownName(jobs[0]), `${others} will be removed for good, results included.${stop} This frees ${freed}.`, {
            work: () => this.#each(jobs, deleteJob, "deleted"),
            done: (number) => announce(`${plural(number, "job is", "jobs are")} deleted`),
            closed: () => { if (document.activeElement === document.body) byID("history-title").focus(); },
        });
    }

    /** Runs an action on each job. A job that was deleted meanwhile is skipped. @returns the number of successes */
    async #each(jobs, action, done) {
        if (this.#isBusy) return 0;
        this.#isBusy = true;
        this.#showFailure(null);
        const waiting = [...jobs];
        const refused = [];
        const work = async () => {
            for (let job = waiting.shift(); job; job = waiting.shift()) {
                try {
                    await action(job);
                } catch (problem) {
                    if (problem.status !== 404) refused.push({ job, problem });
                }
            }
        };
        await Promise.all(Array.from({ length: atOnce }, work));
        this.#isBusy = false;
        if (refused.length > 0) this.#showFailure(refused, jobs.length, done);
        return jobs.length - refused.length;
    }

    #showFailure(refused, all, done) {
        this.#failure.hidden = refused === null;
        if (refused === null) return;
        const reasons = [...new Set(refused.map(({ problem }) => problem.message))];
        this.#failure.replaceChildren(
            element("strong", {}, `${refused.length} of ${plural(all, "job was", "jobs were")} not ${done}. `), reasons.join(" "));
    }
}

/** The address of a zip file with their results. */
const archiveAddress = (jobs) =>
    `/api/v1/results?${query({ jobs: jobs.slice(0, mostResults).map(({ job_id }) => job_id).join(",") })}`;
