// The mosaic: the real pixels of finished tiles over the dimmed source. It fills as the job proceeds.

import { byID, element, setText } from "../shared/dom.js";
import { count, plural } from "../shared/format.js";
import { shownName } from "../shared/job-facts.js";
import { colorName, colorOf, colorValue } from "../shared/worker-colors.js";
import { MosaicFeed } from "./mosaic-feed.js";
import { MosaicMarks } from "./mosaic-marks.js";
import { MosaicPicture } from "./mosaic-picture.js";
import { rectangles } from "./tile-runs.js";

/** Milliseconds between two repaints. */
const paintPause = 70;
const dimming = 0.7;
const tint = 0.42;
/** The part of the window's height that the mosaic may use. */
const mostHeight = 0.84;

export class Mosaic {
    #canvas = byID("mosaic");
    #frame = byID("mosaic-frame");
    #byWorker = byID("by-worker");
    #picture = new MosaicPicture();
    #feed = new MosaicFeed(this.#picture, () => this.paintSoon());
    #job = null;
    #grid = null;
    #timer = 0;
    marks = new MosaicMarks(byID("mosaic-marks"));

    constructor() {
        this.#byWorker.addEventListener("change", () => this.paintSoon());
        matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.paintSoon());
        new ResizeObserver(() => this.#fit()).observe(byID("stage-title").parentElement);
        new ResizeObserver(() => this.marks.show(this.#grid, this.#job?.size)).observe(this.#canvas);
    }

    /** Whether everything that the job has so far is drawn. */
    get isWhole() {
        return this.#grid !== null && this.#feed.drawn.size === this.#grid.total;
    }

    show(job, grid) {
        const isFirst = this.#job === null;
        this.#job = job;
        this.#grid = grid;
        if (isFirst) {
            this.#canvas.setAttribute("aria-label", `Tiles of ${shownName(job)}`);
            this.#frame.classList.toggle("chequer", job.source.channels === 4);
            this.#fit();
        }
        this.#feed.setGrid(grid);
        this.#feed.setJob(job);
        this.paintSoon();
    }

    /** The job was deleted. The picture stays, and no tile is in flight any more. */
    stop() {
        this.#feed.stop();
        this.#grid.states = this.#grid.states.map((state) => (state === "p" ? "." : state));
        this.paintSoon();
    }

    /** Computes the space for the picture, even while it is hidden, because the resolution depends on it. */
    #fit() {
        if (!this.#job) return;
        const { width, height } = this.#job.size;
        const shape = width / height;
        this.#frame.style.aspectRatio = `${width} / ${height}`;
        this.#frame.style.width = `min(100%, ${(mostHeight * 100 * shape).toFixed(3)}vh)`;
        const room = Math.min(byID("stage-title").parentElement.clientWidth, innerHeight * mostHeight * shape);
        if (!this.#picture.resize(this.#job.size, room * devicePixelRatio)) return;
        this.#canvas.width = this.#picture.canvas.width;
        this.#canvas.height = this.#picture.canvas.height;
        if (this.#grid) this.#feed.restart();
        this.paintSoon();
    }

    paintSoon() {
        if (this.#timer || !this.#grid) return;
        this.#timer = setTimeout(() => {
            this.#timer = 0;
            this.#paint();
        }, paintPause);
    }

    #paint() {
        const context = this.#canvas.getContext("2d");
        const { width, height } = this.#canvas;
        context.clearRect(0, 0, width, height);
        context.drawImage(this.#picture.canvas, 0, 0);
        this.#dimOpen(context);
        const names = this.#byWorker.checked ? this.#grid.workerNames : [];
        this.#tint(context, names);
        this.#showLegend(names);
        this.#canvas.dataset.done = this.#feed.drawn.size;
        this.#canvas.dataset.total = this.#grid.total;
        this.#summarize();
        byID("mosaic-note").hidden = !this.#feed.isBlank;
        this.marks.show(this.#grid, this.#job.size);
    }

    #dimOpen(context) {
        const open = [];
        for (let position = 0; position < this.#grid.total; position += 1) if (!this.#feed.drawn.has(position)) open.push(position);
        context.globalAlpha = dimming;
        context.fillStyle = colorValue("--sunken");
        for (const part of rectangles(open, this.#grid.columns)) this.#fill(context, part);
        context.globalAlpha = 1;
    }

    #tint(context, names) {
        context.globalAlpha = tint;
        for (const name of names) {
            context.fillStyle = colorValue(colorName(colorOf(name)));
            const its = this.#grid.positions("c").filter((position) => this.#grid.workers[position] === name);
            for (const part of rectangles(its, this.#grid.columns)) this.#fill(context, part);
        }
        context.globalAlpha = 1;
    }

    #fill(context, part) {
        const { left, top, wide, high } = this.#picture.placeOf(part, this.#grid);
        context.fillRect(left, top, wide, high);
    }

    #showLegend(names) {
        const legend = byID("legend");
        legend.hidden = names.length === 0;
        const key = names.join("\n");
        if (legend.dataset.names === key) return;
        legend.dataset.names = key;
        legend.replaceChildren(...names.map((name) => element("li", { dataset: { worker: colorOf(name) } }, name)));
    }

    #summarize() {
        const number = (state) => this.#grid.positions(state).length;
        const [done, onTheirWay, failed] = [number("c"), number("p"), number("f")];
        const parts = [
            `${plural(this.#grid.columns, "column", "columns")} by ${plural(this.#grid.rows, "row", "rows")}`,
            `${count(done)} of ${plural(this.#grid.total, "tile", "tiles")} finished`,
        ];
        if (onTheirWay > 0) parts.push(`${count(onTheirWay)} on their way`);
        if (failed > 0) parts.push(`${count(failed)} failed`);
        if (this.#grid.passes > 1) parts.push(`pass ${this.#grid.pass} of ${this.#grid.passes}`);
        setText(byID("mosaic-summary"), `${parts.join(", ")}.`);
    }
}
