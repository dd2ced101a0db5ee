// Asks for confirmation before a job is deleted, because that cannot be undone.

import { deleteJob } from "./api.js";
import { AskDialog } from "./ask-dialog.js";
import { bytes } from "./format.js";
import { isUnfinished, shownName } from "./job-facts.js";

export class DeleteDialog {
    #dialog = new AskDialog("delete", { title: "Delete this job?", keep: "Keep it", confirm: "Delete" });
    #gone;
    /** True from the moment this page requests a deletion, until that is refused. */
    isDeleting = false;

    /** @param {(job: object, words: string) => void} gone called after the deletion, with a text about it */
    constructor(gone) {
        this.#gone = gone;
    }

    /** @param {() => void} [closed] called when the dialog is closed, whatever the answer */
    ask(job, closed) {
        this.#dialog.ask(shownName(job), warning(job), {
            work: () => this.#delete(job),
            done: (words) => this.#gone(job, words),
            closed,
        });
    }

    close() {
        this.#dialog.close();
    }

    async #delete(job) {
        this.isDeleting = true;
        try {
            await deleteJob(job);
            return `${shownName(job)} is deleted`;
        } catch (problem) {
            // Already deleted: the goal is reached.
            if (problem.status === 404) return `${shownName(job)} was deleted already`;
            this.isDeleting = false;
            throw problem;
        }
    }
}

function warning(job) {
    const stop = isUnfinished(job) ? " It is not finished: it is stopped first." : "";
    const freed = bytes(job.source.bytes + (job.result?.bytes ?? 0));
    return ` and its result are removed for good.${stop} This frees ${freed}.`;
}
