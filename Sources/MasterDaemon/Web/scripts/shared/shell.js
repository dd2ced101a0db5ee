// The common parts of all pages: workers online, whether the master answers, and announcements.

import { getJSON } from "./api.js";
import { byID, element, setText } from "./dom.js";
import { plural } from "./format.js";
import { showPresence } from "./presence.js";
import { showSession } from "./session.js";
import { isOnline } from "./worker-state.js";

/** Shows the state of a live channel and the number of workers in the bar. Called before the channel starts. */
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
        // A script does not learn why a channel was refused. If the session has ended, this opens the log-in page.
        getJSON("me").catch(() => null);
        fleet.dataset.state = "away";
        setText(fleet, "Master away");
    });
}

/**
 * The master's build differs from that of this page. The page is not reloaded by itself, because its content would be
 * lost.
 */
function offerReload() {
    if (document.querySelector(".updated")) return;
    const reload = element("button.button.small", { type: "button", onclick: () => location.reload() }, "Load this page anew");
    document.querySelector(".bar").after(element("div.updated", { role: "status" }, "The master was updated. ", reload));
}

/** Announces a text to screen readers. */
export function announce(text) {
    const place = byID("spoken");
    place.textContent = "";
    // The delay makes screen readers announce the same text again.
    setTimeout(() => (place.textContent = text), 50);
}
