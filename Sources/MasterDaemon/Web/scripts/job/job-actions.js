// What a person can do with the job in its state: cancel, retry, delete, download.

import { cancelJob, deleteJob, retryJob } from "../shared/api.js";
import { byID, setText } from "../shared/dom.js";
import { isRunning, shownName } from "./job-model.js";

export class JobActions {
    #job = null;
    #changed;
    #dialog = byID("delete-dialog");
    /** Set once this page itself has asked for the deletion. */
    isDeleting = false;

    /** @param changed called with the job as it is after an action @param failed called with the text of a refusal */
    constructor(changed, failed) {
        this.#changed = changed;
        byID("cancel").addEventListener("click", () => this.#act("cancel", cancelJob, failed));
        byID("retry").addEventListener("click", () => this.#act("retry", retryJob, failed));
        byID("delete").addEventListener("click", () => this.#ask());
        byID("delete-keep").addEventListener("click", () => this.#dialog.close());
        byID("delete-confirm").addEventListener("click", () => this.#delete());
        // A click beside the dialog closes it, as its Escape key does.
        this.#dialog.addEventListener("click", (event) => {
            if (event.target === this.#dialog) this.#dialog.close();
        });
    }

    show(job) {
        const had = document.activeElement;
        this.#job = job;
        byID("cancel").hidden = !job.links.cancel;
        byID("retry").hidden = !job.links.retry;
        const download = byID("download");
        download.hidden = !job.links.result;
        if (job.links.result) download.setAttribute("href", job.links.result);
        byID("delete").disabled = false;
        // The button that had the focus is gone: it goes to the one that came in its place.
        if (had?.hidden) [download, byID("retry"), byID("cancel")].find((one) => !one.hidden)?.focus();
    }

    /** The job is gone: nothing is left to do with it. */
    showGone() {
        for (const id of ["cancel", "retry", "download", "delete"]) byID(id).hidden = true;
        if (this.#dialog.open) this.#dialog.close();
    }

    async #act(id, action, failed) {
        const button = byID(id);
        // Not "disabled", which would drop the focus.
        if (button.ariaDisabled === "true") return;
        button.ariaDisabled = "true";
        try {
            this.#changed(await action(this.#job));
        } catch (problem) {
            failed(problem.message);
        } finally {
            button.ariaDisabled = "false";
        }
    }

    #ask() {
        const running = isRunning(this.#job) ? " It is not finished: it is stopped first." : "";
        setText(byID("delete-text"), `“${shownName(this.#job)}” and its result are removed for good.${running}`);
        byID("delete-problem").hidden = true;
        this.#dialog.showModal();
        byID("delete-keep").focus();
    }

    async #delete() {
        const button = byID("delete-confirm");
        button.disabled = true;
        this.isDeleting = true;
        try {
            await deleteJob(this.#job);
        } catch (problem) {
            // Gone already is what was asked for.
            if (problem.status !== 404) {
                this.isDeleting = false;
                button.disabled = false;
                byID("delete-problem").hidden = false;
                return setText(byID("delete-problem"), problem.message);
            }
        }
        location.assign("/dashboard");
    }
}
