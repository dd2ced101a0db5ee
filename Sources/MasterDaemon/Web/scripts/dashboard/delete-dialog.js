// Asks before a job is deleted: there is no way back.

import { deleteJob } from "../shared/api.js";
import { byID } from "../shared/dom.js";
import { bytes } from "../shared/format.js";
import { announce } from "../shared/shell.js";
import { isUnfinished } from "./job-words.js";
import { neighbour } from "./keep-focus.js";

export class DeleteDialog {
    #dialog = byID("delete-dialog");
    #confirm = byID("delete-confirm");
    #error = byID("delete-error");
    #row = null;
    #heir = null;
    #ongone;

    /** @param {(id: string) => void} ongone */
    constructor(ongone) {
        this.#ongone = ongone;
        this.#confirm.addEventListener("click", () => this.#delete());
        byID("delete-keep").addEventListener("click", () => this.#dialog.close());
        this.#dialog.addEventListener("click", (event) => {
            // A click beside the dialog lands on the dialog itself.
            if (event.target === this.#dialog) this.#dialog.close();
        });
        this.#dialog.addEventListener("close", () => this.#closed());
    }

    /** @param {HistoryRow} row */
    ask(row) {
        this.#row = row;
        this.#heir = neighbour(row.root, "delete");
        this.#error.hidden = true;
        byID("delete-name").textContent = row.job.filename;
        byID("delete-text").textContent = warning(row.job);
        this.#dialog.showModal();
        byID("delete-keep").focus();
    }

    async #delete() {
        if (this.#confirm.getAttribute("aria-disabled") === "true") return;
        const { job } = this.#row;
        this.#confirm.setAttribute("aria-disabled", "true");
        this.#error.hidden = true;
        try {
            await deleteJob(job);
            this.#gone(job, `${job.filename} is deleted`);
        } catch (problem) {
            if (problem.status === 404) return this.#gone(job, `${job.filename} was deleted already`);
            this.#error.hidden = false;
            this.#error.textContent = problem.message;
        } finally {
            this.#confirm.removeAttribute("aria-disabled");
        }
    }

    #gone(job, words) {
        this.#dialog.close();
        this.#ongone(job.job_id);
        announce(words);
    }

    /** The row may be gone before the dialog: then focus has nowhere to return to. */
    #closed() {
        if (this.#row.root.isConnected) return;
        if (document.activeElement !== document.body) return;
        (this.#heir?.isConnected ? this.#heir : byID("history-title")).focus();
    }
}

function warning(job) {
    const size = bytes(job.source.bytes + (job.result?.bytes ?? 0));
    const files = job.result ? `Its image and its result (${size}) are` : `Its image (${size}) is`;
    const stop = isUnfinished(job) ? "It is stopped first. " : "";
    return `${stop}${files} removed from the master. This cannot be undone.`;
}
