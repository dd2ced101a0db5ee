// Files that were started together: how many of their jobs are complete, where they are listed, and one download of all
// results.

import { query } from "../shared/api.js";
import { byID, setProgress, setText } from "../shared/dom.js";
import { count, plural } from "../shared/format.js";
import { announce } from "../shared/shell.js";
import { newKey } from "./sending.js";

const isOver = ({ job, isGone }) => isGone || ["completed", "failed", "cancelled"].includes(job?.status);
const has = (status) => ({ job, isGone }) => !isGone && job?.status === status;

export class BatchPanel {
    #tray;
    /** The name of the current or last batch. */
    #batch = null;
    #wasDone = false;

    constructor(tray) {
        this.#tray = tray;
        tray.on("list", () => this.#show()).on("item", () => this.#show());
    }

    /** The name for newly started files. They join the current batch while that is not complete. */
    begin(items) {
        const isOpen = this.#items.some((item) => !isOver(item));
        if (!isOpen && items.length < 2) return null;
        if (!isOpen) this.#batch = newKey();
        this.#wasDone = false;
        return this.#batch;
    }

    get #items() {
        return this.#batch === null ? [] : this.#tray.items.filter(({ batch }) => batch === this.#batch);
    }

    #show() {
        const items = this.#items;
        byID("batch").hidden = items.length < 2;
        if (items.length < 2) return;
        const [done, failed] = [items.filter(has("completed")).length, items.filter(has("failed")).length];
        const stopped = items.filter(has("cancelled")).length;
        const over = items.filter(isOver).length;
        const words = [`${count(done)} of ${count(items.length)} done`];
        if (failed > 0) words.push(`${count(failed)} failed`);
        if (stopped > 0) words.push(`${count(stopped)} cancelled`);
        setText(byID("batch-words"), words.join(", "));
        const part = items.reduce((sum, item) => sum + partOf(item), 0) / items.length;
        setProgress(byID("batch-progress"), part, over === items.length && done === over ? "completed" : "processing");
        byID("batch-progress").setAttribute("aria-valuetext", words.join(", "));
        byID("batch-jobs").setAttribute("href", `/dashboard?${query({ batch: this.#batch })}`);
        const results = byID("batch-results");
        results.hidden = done === 0;
        results.setAttribute("href", `/api/v1/results?${query({ batch: this.#batch })}`);
        setText(results, done === items.length ? "Download all" : `Download ${plural(done, "result", "results")}`);
        if (over < items.length || this.#wasDone) return;
        this.#wasDone = true;
        announce(`All jobs have ended: ${words.join(", ")}.`);
    }
}

/** A file's progress. The upload counts a little, the processing most. */
function partOf(item) {
    if (isOver(item)) return 1;
    if (item.job) return 0.1 + 0.9 * (item.job.progress.completed / item.job.progress.total);
    return 0.1 * (item.part ?? 0);
}
