// Selects a tile by pointer or keys, and shows its data in a line below.

import { byID, setText } from "../shared/dom.js";
import { figure } from "../shared/format.js";
import { announce } from "../shared/shell.js";

const hint = "Point at a tile, or use the arrow keys, to see who worked on it.";
const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class TileInspector {
    #canvas = byID("mosaic");
    #marks;
    #job = null;
    #grid = null;
    /** The inspected tile, and whether it was chosen by keys. */
    #position = null;
    #isFocus = false;

    constructor(marks) {
        this.#marks = marks;
        this.#canvas.addEventListener("pointermove", (event) => this.#point(event));
        this.#canvas.addEventListener("pointerdown", (event) => this.#point(event));
        this.#canvas.addEventListener("pointerleave", () => this.#inspect(null, false));
        this.#canvas.addEventListener("keydown", (event) => this.#key(event));
        this.#canvas.addEventListener("focus", () => {
            if (this.#canvas.matches(":focus-visible")) this.#inspect(this.#position ?? 0, true);
        });
        this.#canvas.addEventListener("blur", () => this.#inspect(null, false));
        setText(byID("tile-info"), hint);
    }

    get isInUse() {
        return this.#position !== null;
    }

    show(job, grid) {
        this.#job = job;
        this.#grid = grid;
        setText(byID("tile-info"), this.#text());
    }

    #point(event) {
        if (!this.#grid) return;
        const box = this.#canvas.getBoundingClientRect();
        const { tileSize, columns, rows } = this.#grid;
        const column = Math.floor((((event.clientX - box.left) / box.width) * this.#job.size.width) / tileSize);
        const row = Math.floor((((event.clientY - box.top) / box.height) * this.#job.size.height) / tileSize);
        if (column < 0 || row < 0 || column >= columns || row >= rows) return;
        this.#inspect(row * columns + column, false);
    }

    #key(event) {
        if (!this.#grid || event.ctrlKey || event.metaKey || event.altKey) return;
        const { columns, rows, total } = this.#grid;
        const at = this.#position ?? 0;
        const step = steps[event.key];
        let to = at;
        if (step) {
            const column = Math.min(columns - 1, Math.max(0, (at % columns) + step[0]));
            const row = Math.min(rows - 1, Math.max(0, Math.floor(at / columns) + step[1]));
            to = row * columns + column;
        } else if (event.key === "Home") to = 0;
        else if (event.key === "End") to = total - 1;
        else return;
        event.preventDefault();
        this.#inspect(to, true);
        announce(this.#text());
    }

    #inspect(position, isFocus) {
        if (position === this.#position && isFocus === this.#isFocus) return;
        this.#position = position;
        this.#isFocus = isFocus;
        this.#marks.inspect(position, isFocus);
        setText(byID("tile-info"), this.#text());
    }

    #text() {
        if (this.#position === null || !this.#grid) return hint;
        const { columns, states, workers, milliseconds } = this.#grid;
        const place = `Row ${Math.floor(this.#position / columns) + 1}, column ${(this.#position % columns) + 1}`;
        const time = milliseconds[this.#position];
        const took = time === null ? "" : ` in ${figure(time)} ms`;
        switch (states[this.#position]) {
            case "c": return `${place}: done by ${workers[this.#position] ?? "a worker"}${took}`;
            case "p": return `${place}: on its way`;
            case "f": return `${place}: failed`;
            default: return `${place}: waiting`;
        }
    }
}
