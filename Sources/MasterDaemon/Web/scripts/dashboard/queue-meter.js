// Waiting tiles, and tiles in flight.

import { byID, setText } from "../shared/dom.js";
import { bytes, count } from "../shared/format.js";

const place = (name) => document.querySelector(`[data-queue="${name}"]`);

export function showQueue(queue) {
    const { tiles_in_flight: flight, window_tiles: window } = queue;
    setText(place("flight"), count(flight));
    setText(place("window"), `of ${count(window)}`);
    setText(place("waiting"), count(queue.waiting_tiles));
    setText(place("bytes"), bytes(queue.bytes_in_flight));
    setText(place("active"), count(queue.active_jobs));

    const meter = byID("window-meter");
    meter.style.setProperty("--part", window > 0 ? Math.min(1, flight / window) : 0);
    meter.setAttribute("aria-valuemax", Math.max(1, window, flight));
    meter.setAttribute("aria-valuenow", flight);
    meter.setAttribute("aria-valuetext", `${count(flight)} tiles in flight of a window of ${count(window)}`);
}
