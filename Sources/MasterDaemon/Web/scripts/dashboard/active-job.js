// A running or waiting job.

import { cancelJob } from "../shared/api.js";
import { element, progressBar, setProgress, setStatus, setText, statusBadge } from "../shared/dom.js";
import { isUnfinished, shownName } from "../shared/job-facts.js";
import { act, actionButton, failurePlace } from "./row-actions.js";
import { JobThumbnail } from "./job-thumbnail.js";
import { progressText, stepsText } from "./job-words.js";

export class ActiveJob {
    #thumbnail = new JobThumbnail();
    #name;
    #badge;
    #bar;
    #percent = element("span.active-percent.figures");
    #words = element("p.active-words.small.figures");
    #failure = failurePlace();
    #cancel;

    constructor(job) {
        const name = shownName(job);
        this.#name = element("a.job-name", { href: `/jobs/${job.job_id}` }, name);
        this.#badge = statusBadge(job.status);
        this.#bar = progressBar(`Progress of ${name}`);
        this.#cancel = actionButton("cancel", "Cancel", name, () =>
            act(this.#cancel, this.#failure, () => cancelJob(this.job), `${name} is cancelled`));
        this.root = element("li.active-job", { dataset: { testid: "active-job", job: job.job_id } },
            this.#thumbnail.root,
            element("div.active-body", {},
                element("div.active-head", {}, this.#name, this.#badge),
                element("p.steps.soft.small", { title: stepsText(job.transforms) }, stepsText(job.transforms)),
                element("div.active-progress", {}, this.#bar, this.#percent),
                this.#words,
                this.#failure),
            this.#cancel);
        this.show(job);
    }

    show(job) {
        this.job = job;
        const { completed, total } = job.progress;
        this.root.dataset.status = job.status;
        this.#thumbnail.show(job);
        setStatus(this.#badge, job.status);
        setProgress(this.#bar, completed / total, job.status);
        setText(this.#percent, `${Math.floor((completed / total) * 100)} %`);
        setText(this.#words, progressText(job));
        // The hidden button keeps its space, so that the row does not jump. Focus on it moves to the row's link.
        if (!isUnfinished(job) && document.activeElement === this.#cancel) this.#name.focus();
        this.#cancel.classList.toggle("gone", !isUnfinished(job));
    }
}
