// Asks for confirmation before a worker is drained, because it does not restart by itself.

import { drainWorker } from "../shared/api.js";
import { AskDialog } from "../shared/ask-dialog.js";
import { byID } from "../shared/dom.js";
import { announce } from "../shared/shell.js";

export class DrainDialog {
    #dialog = new AskDialog("drain", { title: "Drain this worker?", keep: "Keep it", confirm: "Drain" });

    /** @param {boolean} isLast whether no other worker would be left */
    ask({ worker_id }, isLast) {
        const left = isLast ? "No other worker is online: jobs wait until one is." : "The others do the rest.";
        this.#dialog.ask(worker_id, ` finishes the tiles that it works on and ends. ${left}`, {
            work: () => drainWorker(worker_id),
            done: () => announce(`${worker_id} finishes its tiles and ends`),
            closed: () => {
                // The button may be gone before the dialog closes. Then focus has nowhere to return to.
                if (document.activeElement === document.body) byID("workers-title").focus();
            },
        });
    }
}
