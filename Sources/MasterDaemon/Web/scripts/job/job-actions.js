// The actions on the job: cancel, retry, delete, download.

import { cancelJob, retryJob } from "../shared/api.js";
import { DeleteDialog } from "../shared/delete-dialog.js";
import { byID } from "../shared/dom.js";

export class JobActions {
    #job = null;
    #run;
    #failed;
    #dialog = new DeleteDialog(() => location.assign("/dashboard"));

    /**
     * @param {(action: (job) => Promise<object>) => Promise<void>} run runs an action on the current job
     * @param {(text: string) => void} failed called with an error's text
     */
    constructor(run, failed) {
        this.#run = run;
        this.#failed = failed;
        byID("cancel").addEventListener("click", () => this.#act("cancel", cancelJob));
        byID("retry").addEventListener("click", () => this.#act("retry", retryJob));
        byID("delete").addEventListener("click", () => this.#dialog.ask(this.#job));
    }

    /** Whether this page has requested the deletion. */
    get isDeleting() {
        return this.#dialog.isDeleting;
    }

    show(job) {
        const had = document.activeElement;
        this.#job = job;
        byID("cancel").hidden = !job.links.cancel;
        byID("retry").hidden = !job.links.retry;
        const download = byID("download");
        download.hidden = !job.links.result;
        if (job.links.result) download.setAttribute("href", job.links.result);
        // The focused button is hidden now, so its successor gets the focus.
        if (had?.hidden) [download, byID("retry"), byID("cancel")].find((one) => !one.hidden)?.focus();
    }

    /** The job was deleted: hides all actions. */
    showGone() {
        for (const id of ["cancel", "retry", "download", "delete"]) byID(id).hidden = true;
        this.#dialog.close();
    }

    async #act(id, action) {
        const button = byID(id);
        // "disabled" would take the focus from the button.
        if (button.ariaDisabled === "true") return;
        button.ariaDisabled = "true";
        try {
            await this.#run(action);
        } catch (problem) {
            this.#failed(problem.message);
        } finally {
            button.ariaDisabled = "false";
        }
    }
}
