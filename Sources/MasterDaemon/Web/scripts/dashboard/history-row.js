// One job of the history. Only changed parts are updated.

import { retryJob } from "../shared/api.js";
import { element, setStatus, setText, statusBadge } from "../shared/dom.js";
import { ago, bytes, count, dateTime, duration, plural, size } from "../shared/format.js";
import { isUnfinished, secondsPaused, secondsWorked, shownName } from "../shared/job-facts.js";
import { masterNow } from "../shared/master-clock.js";
import { act, actionButton, actionLink, showFailure, failurePlace } from "./row-actions.js";
import { JobThumbnail } from "./job-thumbnail.js";
import { stepsText } from "./job-words.js";
import { cell } from "./row-cell.js";

export class HistoryRow {
    #thumbnail = new JobThumbnail();
    #badge;
    #error = element("p.row-error.small", { hidden: true });
    #notes = element("p.row-notes.small.soft", { hidden: true, dataset: { testid: "row-notes" } });
    #failure = failurePlace();
    #tiles = cell("Tiles", "td.number.history-tiles");
    #duration = cell("Duration", "td.number.history-duration");
    #created;
    #weight = element("span.soft.small");
    #actions = element("div.history-actions");
    /** The text that replaces the cells in a narrow window. */
    #brief = element("p.history-brief.small.soft.figures");
    #choice;
    #askDelete;

    /** @param {{askDelete: (row: HistoryRow) => void, choose: (row: HistoryRow, isChosen: boolean) => void}} actions */
    constructor(job, { askDelete, choose }) {
        this.#askDelete = askDelete;
        this.#choice = element("input", {
            type: "checkbox", "aria-label": `Choose ${shownName(job)}`, dataset: { testid: "choose" },
            onchange: () => choose(this, this.#choice.checked),
        });
        this.#badge = statusBadge(job.status);
        this.#created = element("time", { datetime: job.created_at, title: dateTime(job.created_at) });
        this.root = element("tr.history-row", { role: "row", dataset: { testid: "history-row", job: job.job_id } },
            cell("Choose", "td.history-choice", element("label.choice", {}, this.#choice)),
            cell("Picture", "td.history-picture", this.#thumbnail.root),
            element("th.history-name", { role: "rowheader", scope: "row" },
                element("a.job-name", { href: `/jobs/${job.job_id}`, title: shownName(job) }, shownName(job)),
                this.#brief, this.#error, this.#notes, this.#failure),
            cell("Status", "td.history-status", this.#badge),
            cell("Size", "td.history-size", element("span.pixels", {}, size(job.size)), this.#weight),
            cell("Transforms", "td.history-steps",
                element("span.steps.small", { title: stepsText(job.transforms) }, stepsText(job.transforms))),
            this.#tiles,
            this.#duration,
            cell("Created", "td.history-created", this.#created),
            cell("Actions", "td.history-acts", this.#actions));
        this.show(job);
    }

    show(job) {
        const before = this.job;
        this.job = job;
        const { completed, total } = job.progress;
        setText(this.#tiles, isUnfinished(job) || completed < total ? `${count(completed)} / ${count(total)}` : count(total));
        this.#notes.hidden = job.notes.length === 0;
        setText(this.#notes, plural(job.notes.length, "note", "notes"));
        this.#notes.title = job.notes.join("\n");
        this.tick();
        if (before?.status === job.status) return;

        this.root.dataset.status = job.status;
        setStatus(this.#badge, job.status);
        this.#thumbnail.show(job);
        setText(this.#weight, weight(job));
        this.#error.hidden = !job.error;
        setText(this.#error, job.error ?? "");
        showFailure(this.#failure, null);
        this.#showActions();
    }

    choose(isChosen) {
        this.#choice.checked = isChosen;
        this.root.dataset.selected = isChosen;
    }

    /** Updates the texts that change with time. */
    tick() {
        const worked = secondsWorked(this.job);
        const paused = secondsPaused(this.job);
        setText(this.#duration, worked === null ? "–" : took(worked));
        this.#duration.title = paused >= 1 ? `and a pause of ${duration(paused)}` : "";
        const since = ago(this.job.created_at, masterNow());
        setText(this.#created, since);
        const { width, height } = this.job.size;
        setText(this.#brief, [`${width} × ${height}`, worked === null ? null : took(worked), since].filter(Boolean).join(" · "));
    }

    #showActions() {
        const { links } = this.job;
        const name = shownName(this.job);
        const held = this.#actions.contains(document.activeElement) ? document.activeElement.dataset.testid : null;
        const buttons = [actionButton("delete", "Delete", name, () => this.#askDelete(this))];
        if (links.result) buttons.unshift(actionLink("download", "Download", name, links.result));
        if (links.retry) {
            const retry = actionButton("retry", "Retry", name, () =>
                act(retry, this.#failure, () => retryJob(this.job), `${name} runs again`));
            buttons.unshift(retry);
        }
        this.#actions.replaceChildren(...buttons);
        // If the focused button has disappeared, focus stays in the row.
        if (held) (this.#actions.querySelector(`[data-testid="${held}"]`) ?? buttons[0]).focus();
    }
}

/** Bytes of the source and the result. */
function weight({ source, result }) {
    return result ? `${bytes(source.bytes)} → ${bytes(result.bytes)}` : bytes(source.bytes);
}

/** A job of one tile may take less than the smallest shown time. */
const took = (seconds) => (seconds < 0.05 ? "< 0.1 s" : duration(seconds));
