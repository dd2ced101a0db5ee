// All known workers, those online first.

import { byID, setText } from "../shared/dom.js";
import { count } from "../shared/format.js";
import { everySecond } from "../shared/master-clock.js";
import { byWorkerName, workerCommand } from "../shared/worker-names.js";
import { isOnline } from "../shared/worker-state.js";
import { DrainDialog } from "./drain-dialog.js";
import { eachFrame } from "./each-frame.js";
import { arrange, removeKeepingFocus } from "./keep-focus.js";
import { WorkerRow } from "./worker-row.js";

export class WorkerTable {
    #body = byID("worker-rows");
    #workers = new Map();
    #rows = new Map();
    #dialog = new DrainDialog();
    #onchange;
    #changes = eachFrame((changed) => {
        for (const [id, worker] of changed) {
            if (worker) this.#workers.set(id, worker);
            else this.#workers.delete(id);
        }
        this.#show();
    });

    /** @param {(workers: object[]) => void} onchange */
    constructor(onchange) {
        this.#onchange = onchange;
        setText(byID("worker-command"), workerCommand());
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

    /** The master has removed the worker. */
    forget(id) {
        this.#changes.add(id, null);
    }

    #show() {
        const workers = [...this.#workers.values()];
        for (const [id, row] of this.#rows) {
            if (this.#workers.has(id)) continue;
            this.#rows.delete(id);
            removeKeepingFocus(row.root, byID("main"));
        }
        const top = Math.max(1, ...workers.filter(isOnline).flatMap((worker) => worker.tiles_per_s_history ?? []));
        for (const worker of workers) {
            const id = worker.worker_id;
            if (!this.#rows.has(id)) this.#rows.set(id, new WorkerRow(worker, (drained) => this.#askDrain(drained)));
            this.#rows.get(id).show(worker, top);
        }
        workers.sort((one, other) => isOnline(other) - isOnline(one) || byWorkerName(one.worker_id, other.worker_id));
        arrange(this.#body, workers.map(({ worker_id }) => this.#rows.get(worker_id).root));

        const online = workers.filter(isOnline).length;
        byID("worker-table").hidden = workers.length === 0;
        byID("workers-empty").hidden = online > 0;
        setText(byID("workers-count"), workers.length === 0 ? "" : `${count(online)} online, ${count(workers.length - online)} offline`);
        this.#onchange(workers);
    }

    #askDrain(drained) {
        const others = [...this.#workers.values()].filter(
            ({ worker_id, status }) => status === "online" && worker_id !== drained.worker_id);
        this.#dialog.ask(drained, others.length === 0);
    }
}
