// All workers that the master has heard of: those online first.

import { byID, setText } from "../shared/dom.js";
import { count } from "../shared/format.js";
import { eachFrame } from "./each-frame.js";
import { arrange, removeKeepingFocus } from "./keep-focus.js";
import { everySecond } from "./server-clock.js";
import { WorkerRow } from "./worker-row.js";

const colors = 8;
/** worker-2 before worker-10. */
const byName = new Intl.Collator("en", { numeric: true }).compare;

export class WorkerTable {
    #body = byID("worker-rows");
    #workers = new Map();
    #rows = new Map();
    #onchange;
    #changes = eachFrame((changed) => {
        for (const [id, worker] of changed) this.#workers.set(id, worker);
        this.#show();
    });

    /** @param {(workers: object[]) => void} onchange */
    constructor(onchange) {
        this.#onchange = onchange;
        setText(byID("worker-command"), command());
        everySecond(() => this.#rows.forEach((row) => row.tick()));
    }

    begin(workers) {
        this.#changes.clear();
        this.#workers = new Map(workers.map((worker) => [worker.worker_id, worker]));
        byID("workers").setAttribute("aria-busy", "false");
        this.#show();
    }

    note(worker) {
        this.#changes.add(worker.worker_id, worker);
    }

    #show() {
        const workers = [...this.#workers.values()];
        for (const [id, row] of this.#rows) {
            if (this.#workers.has(id)) continue;
            this.#rows.delete(id);
            removeKeepingFocus(row.root, byID("main"));
        }
        const top = Math.max(1, ...workers.filter(isOnline).flatMap((worker) => worker.tiles_per_s_history ?? []));
        // Colours go by the order of the names, here as on the page of a job.
        workers.map(({ worker_id }) => worker_id).sort().forEach((id, place) => {
            if (!this.#rows.has(id)) this.#rows.set(id, new WorkerRow(this.#workers.get(id)));
            this.#rows.get(id).show(this.#workers.get(id), place % colors, top);
        });
        workers.sort((one, other) => isOnline(other) - isOnline(one) || byName(one.worker_id, other.worker_id));
        arrange(this.#body, workers.map(({ worker_id }) => this.#rows.get(worker_id).root));

        const online = workers.filter(isOnline).length;
        byID("worker-table").hidden = workers.length === 0;
        byID("workers-empty").hidden = online > 0;
        setText(byID("workers-count"), workers.length === 0 ? "" : `${count(online)} online, ${count(workers.length - online)} offline`);
        this.#onchange(workers);
    }
}

const isOnline = ({ status }) => status === "online";

/** What starts a worker for this master. Its default is the master's default address. */
function command() {
    const isDefault = location.origin === "http://127.0.0.1:5000";
    return isDefault ? "worker-main worker-1" : `worker-main worker-1 --master ${location.origin}`;
}
