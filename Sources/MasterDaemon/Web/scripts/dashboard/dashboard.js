// The dashboard: one live channel, and sections that each show their part of its messages.

import { byID } from "../shared/dom.js";
import { LiveChannel } from "../shared/live.js";
import { readMasterClock } from "../shared/master-clock.js";
import { followChannel } from "../shared/shell.js";
import { ActiveJobs } from "./active-jobs.js";
import { eachFrame } from "./each-frame.js";
import { HistoryList } from "./history-list.js";
import { HistoryQuery } from "./history-query.js";
import { offerSorts } from "./history-sort.js";
import { showQueue } from "./queue-meter.js";
import { Totals } from "./totals.js";
import { WorkerTable } from "./worker-table.js";

const channel = new LiveChannel();
const totals = new Totals();
const query = new HistoryQuery();
const workers = new WorkerTable((list) => {
    totals.showTrace(list);
    query.offerWorkers(list.map(({ worker_id }) => worker_id));
});
offerSorts(query);
const jobHistory = new HistoryList(query);
const active = new ActiveJobs();

// A job may change ten times a second. The page draws only the last change of each frame.
const jobs = eachFrame((changed) => {
    for (const [id, job] of changed) {
        active.note(id, job);
        jobHistory.note(id, job);
    }
    active.show();
});

function showStatistics(statistics) {
    totals.show(statistics);
    showQueue(statistics.queue);
}

channel.on("snapshot", (snapshot) => {
    readMasterClock();
    jobs.clear();
    active.begin(snapshot.jobs);
    workers.begin(snapshot.workers);
    showStatistics(snapshot.statistics);
    // A snapshot also follows each interruption. The history is reloaded, because changes were missed.
    jobHistory.reload();
});
channel.on("job", ({ job }) => jobs.add(job.job_id, job));
channel.on("job_deleted", ({ job_id }) => jobs.add(job_id, null));
channel.on("worker", ({ worker }) => workers.note(worker));
channel.on("worker_forgotten", ({ worker_id }) => workers.forget(worker_id));
channel.on("statistics", ({ statistics }) => showStatistics(statistics));
channel.on("state", (state) => {
    byID("main").dataset.channel = state;
    totals.pause(state === "away");
    // The history is read over HTTP, which may work even if the channel does not.
    if (state === "away") jobHistory.loadOnce();
});

followChannel(channel);
channel.start();
