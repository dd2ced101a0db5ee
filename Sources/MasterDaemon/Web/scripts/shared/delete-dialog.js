// Asks before a job is deleted: there is no way back.

import { deleteJob } from "./api.js";
import { element, setText } from "./dom.js";
import { bytes } from "./format.js";
import { isUnfinished, shownName } from "./job-facts.js";

export class DeleteDialog {
    #name = element("bdi", { id: "delete-name" });
    #rest = element("span");
    #error = element("p.notice", { id: "delete-error", dataset: { kind: "error" }, role: "alert", hidden: true });
    #keep = element("button.button", { id: "delete-keep", type: "button", onclick: () => this.close() }, "Keep it");
    #confirm = element(
        "button.button.danger", { id: "delete-confirm", type: "button", onclick: () => this.#delete() }, "Delete");
    #dialog;
    #job = null;
    #gone;
    #closed = () => {};
    /** Set from the moment this page has asked for a deletion until that is refused. */
    isDeleting = false;

    /** @param {(job: object, words: string) => void} gone called when the job is deleted, with what can be said of it */
    constructor(gone) {
        this.#gone = gone;
        this.#dialog = element(
            "dialog.ask", { id: "delete-dialog", "aria-labelledby": "delete-title", "aria-describedby": "delete-text" },
            element("h2", { id: "delete-title" }, "Delete this job?"),
            element("p", { id: "delete-text" }, "“", this.#name, "”", this.#rest),
            this.#error,
            element("div.row.ask-actions", {}, this.#keep, this.#confirm));
        // A click beside the dialog closes it, as its Escape key does; it lands on the dialog itself.
        this.#dialog.addEventListener("click", (event) => {
            if (event.target === this.#dialog) this.close();
        });
        this.#dialog.addEventListener("close", () => this.#closed());
        document.body.append(this.#dialog);
    }

    /** @param {() => void} [closed] called when the dialog is closed, whatever was chosen */
    ask(job, closed = () => {}) {
        this.#job = job;
        this.#closed = closed;
        setText(this.#name, shownName(job));
        setText(this.#rest, warning(job));
        this.#error.hidden = true;
        this.#dialog.showModal();
        this.#keep.focus();
    }

    close() {
        if (this.#dialog.open) this.#dialog.close();
    }

    async #delete() {
        // Not "disabled", which would drop the focus.
        if (this.#confirm.getAttribute("aria-disabled") === "true") return;
        const job = this.#job;
        this.#confirm.setAttribute("aria-disabled", "true");
        this.#error.hidden = true;
        this.isDeleting = true;
        try {
            await deleteJob(job);
            this.#end(job, `${shownName(job)} is deleted`);
        } catch (problem) {
            // Gone already is what was asked for.
            if (problem.status === 404) return this.#end(job, `${shownName(job)} was deleted already`);
            this.isDeleting = false;
            this.#error.hidden = false;
            setText(this.#error, problem.message);
        } finally {
            this.#confirm.removeAttribute("aria-disabled");
        }
    }

    #end(job, words) {
        this.close();
        this.#gone(job, words);
    }
}

function warning(job) {
    const stop = isUnfinished(job) ? " It is not finished: it is stopped first." : "";
    const freed = bytes(job.source.bytes + (job.result?.bytes ?? 0));
    return ` and its result are removed for good.${stop} This frees ${freed}.`;
}
