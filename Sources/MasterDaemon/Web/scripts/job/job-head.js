// The head of the job's page, the notice below it, and the details.

import { copyOnClick } from "../shared/copy-text.js";
import { byID, element, setStatus, setText } from "../shared/dom.js";
import { bytes, count, dateTime, megapixels, plural, size } from "../shared/format.js";
import { shownName } from "../shared/job-facts.js";
import { asSentence } from "../shared/sentence.js";
import { donePart } from "./job-model.js";
import { steps } from "./transform-steps.js";

/** Shows what never changes, and what depends on the status. */
export function showHead(job) {
    setText(byID("filename"), shownName(job));
    setStatus(byID("status"), job.status);
    const formats = job.source.format === job.format ? job.format : `${job.source.format} to ${job.format}`;
    setText(byID("job-summary"), `${size(job.size)} · ${megapixels(job.size)} · ${formats.toUpperCase().replace(" TO ", " to ")}`);
    showSteps(job.transforms);
    showReason(job);
    showNotes(job);
    showFacts(job);
    document.title = title(job);
}

/** The status comes first, because a tab shows only the beginning. */
function title(job) {
    const states = { pending: "Waiting", completed: "Done", failed: "Failed", cancelled: "Cancelled" };
    const state = states[job.status] ?? `${Math.floor(donePart(job) * 100)} %`;
    return `${state} · ${shownName(job)} – Tilework`;
}

function showSteps(text) {
    const list = byID("steps");
    if (list.dataset.text === text) return;
    list.dataset.text = text;
    list.replaceChildren(...steps(text).map(({ name, detail, times }) =>
        element("li", {}, element("span.step-name", {}, name),
            detail === "" ? null : element("span.step-detail", {}, detail),
            times > 1 ? element("span.step-times", {}, `${times} times`) : null)));
}

function reasonOf(job) {
    const { completed, total } = job.progress;
    const rest = completed === 0
        ? "No tile was done yet; retry starts it again."
        : `${count(completed)} of ${plural(total, "tile", "tiles")} were done; retry does only what is missing.`;
    switch (job.status) {
        case "failed": return ["error", "This job failed.", `${asSentence(job.error ?? "No reason is known")} ${rest}`];
        case "cancelled": return ["plain", "This job was cancelled.", rest];
        case "pending": return ["warning", "Waiting to start.", asSentence(job.message ?? "it starts as soon as the jobs before it leave room")];
        default: return job.message ? ["warning", "Nothing moves right now.", asSentence(job.message)] : null;
    }
}

function showReason(job) {
    const place = byID("reason");
    const reason = reasonOf(job);
    place.hidden = reason === null;
    if (!reason) return;
    place.dataset.kind = reason[0];
    setText(byID("reason-title"), reason[1]);
    showText(byID("reason-text"), reason[2]);
}

/** Shows the notes, one line each. A retry may produce others. */
function showNotes({ notes }) {
    byID("notes-card").hidden = notes.length === 0;
    setText(byID("notes-count"), notes.length > 1 ? count(notes.length) : "");
    const list = byID("notes");
    const key = JSON.stringify(notes);
    if (list.dataset.key === key) return;
    list.dataset.key = key;
    list.replaceChildren(...notes.map((note) => element("li", { dataset: { testid: "note" } }, asSentence(note))));
}

/** "metadata private, progressive". */
function optionsText(options) {
    return Object.entries(options).filter(([, value]) => value !== false)
        .map(([name, value]) => (value === true ? name : `${name} ${value}`)).join(", ");
}

/** Shows a text. Quoted parts are commands. */
function showText(place, text) {
    if (place.textContent === text.replaceAll("'", "")) return;
    place.replaceChildren(...text.split("'").map((part, i) => (i % 2 === 1 ? element("code", {}, part) : part)));
}

function showFacts(job) {
    const place = byID("facts");
    // Rows are updated only if their data has changed, so that the copy button keeps the focus.
    const key = [job.status, job.started_at, job.finished_at, job.result?.bytes].join();
    if (place.dataset.key === key) return;
    place.dataset.key = key;
    const time = (moment) => element("time", { datetime: moment }, dateTime(moment));
    const rows = [
        ["Created", time(job.created_at)],
        ["Started", job.started_at ? time(job.started_at) : "not yet"],
        job.finished_at && [{ completed: "Finished", failed: "Failed", cancelled: "Cancelled" }[job.status] ?? "Ended", time(job.finished_at)],
        ["Source", `${job.source.format.toUpperCase()}, ${bytes(job.source.bytes)}, ${job.source.depth} bit ${{ 1: "gray", 3: "color", 4: "color with alpha" }[job.source.channels]}`],
        ["Result", [job.format.toUpperCase(), job.quality && `quality ${job.quality}`, job.result && bytes(job.result.bytes)].filter(Boolean).join(", ")],
        job.options && ["Options", optionsText(job.options)],
        ["Tiles", `${count(job.progress.total)} of ${job.tile_size} px`],
    ].filter(Boolean);
    const id = place.querySelector(".fact-id") ?? idFact(job.job_id);
    place.querySelectorAll("dt, dd:not(.fact-id)").forEach((old) => old.remove());
    id.before(...rows.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]), element("dt", {}, "Id"));
}

function idFact(id) {
    const button = element("button.button.small", { type: "button", id: "copy-id", "aria-label": "Copy the job's id" }, "Copy");
    const text = element("code", { id: "job-id" }, id);
    const fact = element("dd.fact-id", {}, text, button);
    copyOnClick(button, text);
    byID("facts").append(fact);
    return fact;
}
