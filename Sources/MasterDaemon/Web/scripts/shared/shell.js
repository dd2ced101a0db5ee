// What is the same on every page: who is online, whether the master answers, and spoken news.

import { getJSON } from "./api.js";
import { byID, element, setText } from "./dom.js";
import { plural } from "./format.js";
import { showPresence } from "./presence.js";
import { showSession } from "./session.js";
import { isOnline } from "./worker-state.js";

/** Shows the state of a live channel and the number of workers in the bar. Call it before the channel starts. */
export function followChannel(channel) {
    showSession();
    showPresence(channel);
    const fleet = byID("fleet");
    const online = new Set();
    let version = null;

    const showFleet = () => {
        fleet.dataset.state = online.size > 0 ? "online" : "empty";
        setText(fleet, online.size > 0 ? `${plural(online.size, "worker", "workers")} online` : "No worker online");
    };
    const note = (worker) => (isOnline(worker) ? online.add(worker.worker_id) : online.delete(worker.worker_id));

    channel.on("snapshot", (snapshot) => {
        version ??= snapshot.version;
        if (version !== snapshot.version) offerReload();
        online.clear();
        snapshot.workers.forEach(note);
        showFleet();
    });
    channel.on("worker", ({ worker }) => {
        note(worker);
        showFleet();
    });
    channel.on("state", (state) => {
        if (state !== "away") return;
        // A script does not learn why a channel was refused. If the session has ended, this leads to the log-in.
        getJSON("me").catch(() => null);
        fleet.dataset.state = "away";
        setText(fleet, "Master away");
    });
}

/** The master is another build than the one that served this page. What is on the page may not be lost by itself. */
function offerReload() {
    if (document.querySelector(".updated")) return;
    const reload = element("button.button.small", { type: "button", onclick: () => location.reload() }, "Load this page anew");
    document.querySelector(".bar").after(element("div.updated", { role: "status" }, "The master was updated. ", reload));
}

/** Says something to screen readers. */
export function announce(text) {
    const place = byID("spoken");
    place.textContent = "";
    // A change after a pause is spoken even where the text is the same.
    setTimeout(() => (place.textContent = text), 50);
}
