// One worker of the table.

import { forgetWorker } from "../shared/api.js";
import { byID, element, setStatus, setText, statusBadge } from "../shared/dom.js";
import { ago, count, figure } from "../shared/format.js";
import { masterNow } from "../shared/master-clock.js";
import { colorName, colorOf } from "../shared/worker-colors.js";
import { isOnline } from "../shared/worker-state.js";
import { act, actionButton, failurePlace } from "./row-actions.js";
import { RateTrace } from "./rate-trace.js";
import { cell } from "./row-cell.js";

export class WorkerRow {
    #badge = statusBadge("offline");
    #host = element("span.worker-host");
    #pid = element("span.soft.small.figures");
    #slots;
    #done;
    #rate = element("span.worker-rate.figures");
    #trace = new RateTrace();
    #partitions;
    #heartbeat = element("time.figures");
    #drain;
    #forget;
    #failure = failurePlace();

    /** @param {(worker: object) => void} askDrain */
    constructor(worker, askDrain) {
        this.#drain = actionButton("drain", "Drain", worker.worker_id, () => {
            if (this.worker.status === "online") askDrain(this.worker);
        });
        this.#forget = actionButton("forget", "Forget", worker.worker_id, () => this.#forgetIt());
        this.#drain.classList.add("worded");
        this.#slots = cell("Slots", "td.number");
        this.#done = cell("Tiles done", "td.number");
        this.#partitions = cell("Partitions", "td.worker-partitions.figures");
        this.root = element("tr.worker", { role: "row", dataset: { testid: "worker", worker: worker.worker_id } },
            element("th.worker-name", { role: "rowheader", scope: "row" },
                element("span.worker-id", {}, worker.worker_id), this.#badge),
            cell("Host", "td.worker-place", this.#host, this.#pid),
            this.#slots,
            this.#done,
            cell("Tiles a second", "td.worker-speed", element("div", {}, this.#rate, this.#trace.root)),
            this.#partitions,
            cell("Last heartbeat", "td.worker-heartbeat", this.#heartbeat),
            cell("Actions", "td.worker-acts", this.#drain, this.#forget, this.#failure));
    }

    /**
     * @param {number} top the highest value of all workers' curves
     */
    show(worker, top) {
        const works = isOnline(worker);
        this.worker = worker;
        this.root.dataset.status = worker.status;
        this.root.style.setProperty("--worker", `var(${colorName(colorOf(worker.worker_id))})`);
        setStatus(this.#badge, worker.status);
        setText(this.#host, worker.host);
        setText(this.#pid, `pid ${worker.pid}`);
        setText(this.#slots, count(worker.slots));
        setText(this.#done, count(worker.tiles_done));
        setText(this.#rate, works ? figure(worker.tiles_per_s) : "–");
        this.#trace.show(works ? worker.tiles_per_s_history ?? [] : [], top);
        setText(this.#partitions, works ? ranges(worker.partitions) : "–");
        this.#heartbeat.dateTime = worker.last_heartbeat;
        // "disabled" would take the focus from the button.
        this.#drain.setAttribute("aria-disabled", worker.status !== "online");
        if (!works && document.activeElement === this.#drain) byID("workers-title").focus();
        if (works && document.activeElement === this.#forget) byID("workers-title").focus();
        this.#drain.hidden = !works;
        this.#forget.hidden = works;
        this.tick();
    }

    /** No confirmation: a worker that returns is listed again with its first heartbeat. */
    #forgetIt() {
        const id = this.worker.worker_id;
        return act(this.#forget, this.#failure, () => forgetWorker(id), `${id} is forgotten`);
    }

    tick() {
        setText(this.#heartbeat, ago(this.worker.last_heartbeat, masterNow()));
    }
}

/** [0, 1, 2, 5] → "0–2, 5". */
function ranges(numbers) {
    const found = [];
    for (const number of [...numbers].sort((one, other) => one - other)) {
        const last = found.at(-1);
        if (last && number === last[1] + 1) last[1] = number;
        else found.push([number, number]);
    }
    if (found.length === 0) return "none yet";
    return found.map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`)).join(", ");
}
