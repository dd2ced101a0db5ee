// The job page: follows one job, and passes its data to the parts of the page.

import { getJSON } from "../shared/api.js";
import { byID, setText } from "../shared/dom.js";
import { isUnfinished, shownName } from "../shared/job-facts.js";
import { LiveChannel } from "../shared/live.js";
import { readMasterClock } from "../shared/master-clock.js";
import { clampName } from "../shared/long-name.js";
import { isAway } from "../shared/presence.js";
import { announce, followChannel } from "../shared/shell.js";
import { JobActions } from "./job-actions.js";
import { showHead } from "./job-head.js";
import { TileGrid } from "./job-model.js";
import { showProgress } from "./job-progress.js";
import { showShares } from "./job-shares.js";
import { Stage } from "./stage.js";
import { Timeline } from "./timeline.js";

const id = decodeID(location.pathname.split("/").filter(Boolean).at(-1) ?? "");
let job = null;
let grid = null;
let stage = null;
let isGone = false;
let isAsked = false;
/** Changes of tiles since their map was requested; null without a request. */
let meanwhile = null;

const actions = new JobActions(act, showProblem);
const timeline = new Timeline();
clampName(byID("filename"), byID("filename").parentElement);
// The master refuses a channel for an invalid id. With such an id the channel follows all jobs, and its snapshot shows
// that this job does not exist.
const channel = new LiveChannel(/^[0-9a-f-]{36}$/i.test(id) ? id : undefined);
followChannel(channel);
channel
    .on("snapshot", ({ jobs, tiles }) => {
        const found = jobs.find((one) => one.job_id === id);
        if (!found) return job ? showGone() : showMissing();
        if (tiles) {
            grid = new TileGrid(tiles);
            // The snapshot is newer than the answer to a request under way.
            meanwhile = null;
        }
        readMasterClock();
        byID("action-problem").hidden = true;
        take(found, Boolean(tiles));
    })
    .on("job", (message) => message.job.job_id === id && take(message.job))
    .on("tiles", (message) => {
        if (message.job_id !== id) return;
        meanwhile?.push(message);
        if (!grid) return;
        grid.apply(message);
        showSoon();
    })
    .on("job_deleted", (message) => message.job_id === id && showGone())
    .start();
setInterval(() => {
    if (!job || !isUnfinished(job) || isGone || isAway()) return;
    showProgress(job, grid);
    timeline.show(job);
}, 500);

/** Runs an action. Its answer is ignored if the channel has reported the job since. */
async function act(action) {
    const known = job;
    const answer = await action(known);
    if (job === known) take(answer);
}

/** Takes the current state of the job, from the channel or from an action's answer. */
function take(next, hasTiles = false) {
    const before = job;
    job = next;
    if (before && before.status !== next.status) {
        announce(`The job is ${next.status}`);
        byID("action-problem").hidden = true;
        // Tiles may have changed without a message: a retry resets some, and the last messages may have been lost.
        if (!hasTiles) readTiles();
    } else if (!grid && !meanwhile) readTiles();
    showSoon();
}

async function readTiles() {
    const missed = [];
    meanwhile = missed;
    try {
        const map = await getJSON(job.links.tiles);
        // The map was requested again meanwhile, or a snapshot has replaced it.
        if (meanwhile !== missed) return;
        grid = new TileGrid(map);
        missed.forEach((message) => grid.apply(message));
        showSoon();
    } catch {
        // The next snapshot has the tiles.
    } finally {
        if (meanwhile === missed) meanwhile = null;
    }
}

/** Shows all changes of the last 50 ms at once. */
function showSoon() {
    if (isAsked) return;
    isAsked = true;
    // A timer and not a frame, because a tab in the background gets no frames, but has to update its title.
    setTimeout(show, 50);
}

function show() {
    isAsked = false;
    if (!job || isGone) return;
    byID("job-loading").hidden = true;
    byID("job-missing").hidden = true;
    byID("job-page").hidden = false;
    showHead(job);
    actions.show(job);
    showProgress(job, grid);
    timeline.show(job);
    if (!grid) return;
    showShares(grid);
    stage ??= new Stage();
    stage.show(job, grid);
}

/** Shows an action's error until the status changes. */
function showProblem(text) {
    byID("action-problem").hidden = false;
    setText(byID("action-problem"), text);
}

function showMissing() {
    byID("job-loading").hidden = true;
    byID("job-missing").hidden = false;
    setText(byID("job-missing-title"), `There is no job ${id}`);
    setText(byID("job-missing-text"), "It may have been deleted, or the address is not quite right.");
    document.title = "No such job – Tilework";
}

/** The job was deleted while the page showed it. The page keeps its content, because it can still be read. */
function showGone() {
    if (actions.isDeleting || isGone) return;
    isGone = true;
    actions.showGone();
    stage?.stop();
    byID("pace").hidden = true;
    byID("action-problem").hidden = true;
    byID("progress").dataset.status = "cancelled";
    const place = byID("reason");
    place.hidden = false;
    place.dataset.kind = "error";
    setText(byID("reason-title"), "This job was deleted.");
    setText(byID("reason-text"), "Its files are gone. What you see here is what this page had of it.");
    document.title = `Deleted · ${shownName(job)} – Tilework`;
    byID("status").dataset.status = "deleted";
    setText(byID("status"), "deleted");
    announce("This job was deleted");
}

function decodeID(text) {
    try {
        return decodeURIComponent(text);
    } catch {
        return text;
    }
}
