// Shows the tiles or, for a completed job, the comparison; with a switch between the two.

import { byID, setText } from "../shared/dom.js";
import { Mosaic } from "./mosaic.js";
import { TileInspector } from "./tile-inspector.js";
import { Viewer } from "./viewer.js";

/** Milliseconds for which the finished mosaic is shown before the comparison replaces it. */
const lastLook = 1400;

export class Stage {
    #mosaic = new Mosaic();
    #inspector = new TileInspector(this.#mosaic.marks);
    #viewer = null;
    /** Whether the user has used the switch. Then the view does not change by itself. */
    #isChosen = false;
    #wasRunning = false;
    #timer = 0;

    constructor() {
        byID("show-compare").addEventListener("click", () => this.#choose("compare"));
        byID("show-tiles").addEventListener("click", () => this.#choose("tiles"));
    }

    show(job, grid) {
        this.#mosaic.show(job, grid);
        this.#inspector.show(job, grid);
        const isDone = job.status === "completed";
        byID("stage-switch").hidden = !isDone;
        if (!isDone) {
            this.#wasRunning = true;
            return;
        }
        if (this.#viewer) return;
        this.#viewer = new Viewer(job);
        if (this.#wasRunning) this.#compareLater();
        else this.#turn("compare");
    }

    stop() {
        this.#mosaic.stop();
    }

    /** Shows the last tiles first, and does not hide a tile that the user inspects. */
    #compareLater() {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => {
            if (this.#isChosen) return;
            const isFocused = byID("stage-tiles").contains(document.activeElement) || document.activeElement === byID("by-worker");
            if (!this.#mosaic.isWhole || this.#inspector.isInUse || isFocused) return this.#compareLater();
            this.#turn("compare");
        }, lastLook);
    }

    #choose(view) {
        this.#isChosen = true;
        this.#turn(view);
    }

    #turn(view) {
        const isCompare = view === "compare";
        byID("stage-compare").hidden = !isCompare;
        byID("stage-tiles").hidden = isCompare;
        byID("by-worker-field").hidden = isCompare;
        byID("show-compare").setAttribute("aria-pressed", isCompare);
        byID("show-tiles").setAttribute("aria-pressed", !isCompare);
        setText(byID("stage-title"), isCompare ? "Before and after" : "Tiles");
    }
}
