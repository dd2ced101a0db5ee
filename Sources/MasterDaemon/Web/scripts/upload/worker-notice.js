// Tells that jobs will wait if no worker is online, and how to start one.

import { setText } from "../shared/dom.js";
import { workerCommand } from "../shared/worker-names.js";
import { isOnline } from "../shared/worker-state.js";

/** Milliseconds before the notice is shown, because workers need a moment to report after a start of the master. */
const grace = 3000;

/** @param {{notice, command}} places */
export function noticeWorkers(channel, places) {
    const online = new Set();
    let timer = 0;
    const show = () => {
        clearTimeout(timer);
        if (online.size > 0) places.notice.hidden = true;
        else timer = setTimeout(() => (places.notice.hidden = false), grace);
    };
    const note = (worker) => (isOnline(worker) ? online.add(worker.worker_id) : online.delete(worker.worker_id));

    setText(places.command, workerCommand());
    channel.on("snapshot", ({ workers }) => {
        online.clear();
        workers.forEach(note);
        show();
    });
    channel.on("worker", ({ worker }) => {
        note(worker);
        show();
    });
    channel.on("state", (state) => {
        if (state !== "away") return;
        clearTimeout(timer);
        places.notice.hidden = true;
    });
}
