// The job's progress: bar, percentage, tiles, rate and times.

import { byID, element, setProgress, setText } from "../shared/dom.js";
import { count, duration, figure, plural } from "../shared/format.js";
import { secondsPaused, secondsWorked } from "../shared/job-facts.js";
import { masterNow } from "../shared/master-clock.js";
import { donePart } from "./job-model.js";

export function showProgress(job, grid) {
    const part = donePart(job);
    const percent = `${Math.floor(part * 100)} %`;
    setText(byID("percent"), percent);
    setProgress(byID("progress"), part, job.status);
    byID("progress").setAttribute("aria-valuetext", `${percent}, ${job.status}`);
    setText(byID("tiles-done"), `${count(job.progress.completed)} of ${plural(job.progress.total, "tile", "tiles")}`);
    showPace(paceOf(job, grid));
}

function paceOf(job, grid) {
    const rows = [];
    const isProcessing = job.status === "processing";
    if (grid && grid.passes > 1) rows.push(job.status === "completed" ? ["Passes", count(grid.passes)] : ["Pass", `${grid.pass} of ${grid.passes}`]);
    if (isProcessing || isKnown(job.rate)) rows.push(["Speed", isKnown(job.rate) ? `${figure(job.rate)} tiles/s` : "–"]);
    if (isProcessing) rows.push(["Time left", timeLeft(job)]);
    if (job.status === "pending" && !job.started_at) rows.push(["Waiting for", elapsed(job.created_at)]);
    else if (job.started_at) rows.push(...timesOf(job));
    if (job.progress.failed > 0) rows.push(["Failed", plural(job.progress.failed, "tile", "tiles")]);
    return rows;
}

function timeLeft({ progress, eta_s }) {
    if (progress.completed >= progress.total) return "writing the file";
    return isKnown(eta_s) ? duration(eta_s) : "–";
}

/** The master gives no rate while no worker works on the job. */
const isKnown = (number) => Number.isFinite(number);

const elapsed = (from) => duration(Math.floor(Math.max(0, (masterNow() - Date.parse(from)) / 1000)));

/** The time of work, and the pause before a retry if there was one. */
function timesOf(job) {
    const [worked, paused] = [secondsWorked(job), secondsPaused(job)];
    const rows = [[job.finished_at ? "Took" : "Worked", duration(job.finished_at ? worked : Math.floor(worked))]];
    if (paused >= 1) rows.push(["Paused", duration(paused)]);
    return rows;
}

/** Rows are kept while their names stay the same, so that changing figures do not rebuild the list. */
function showPace(rows) {
    const place = byID("pace");
    const names = rows.map(([name]) => name).join();
    if (place.dataset.names !== names) {
        place.dataset.names = names;
        place.replaceChildren(...rows.map(([name]) => element("div", {}, element("dt", {}, name), element("dd.figures"))));
    }
    rows.forEach(([, value], i) => setText(place.children[i].lastChild, value));
}
