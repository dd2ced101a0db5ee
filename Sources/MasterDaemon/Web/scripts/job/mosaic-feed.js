// Fetches the pixels of finished tiles for the mosaic. It sends few requests, and larger ones if many tiles wait, so
// that watching does not slow down the job.

import { fetchRegion } from "./region.js";
import { inPixels, pieces, positionsIn } from "./tile-runs.js";

const mostRequests = 3;
/** Milliseconds between two rounds of requests, if few and if many tiles wait. */
const shortPause = 120;
const longPause = 400;
const manyTiles = 24;

export class MosaicFeed {
    #picture;
    #changed;
    #job = null;
    #grid = null;
    #underWay = new Set();
    #requests = 0;
    #timer = 0;
    #notBefore = 0;
    #failures = 0;
    /** Incremented to discard earlier answers. */
    #epoch = 0;
    #pass = 0;
    #isFinishing = false;
    #sourceState = "missing";
    /** Tiles whose pixels are in the picture. */
    drawn = new Set();

    /** @param {MosaicPicture} picture @param {() => void} changed called when pixels arrived */
    constructor(picture, changed) {
        this.#picture = picture;
        this.#changed = changed;
    }

    /** Whether there is nothing to show, now or later. */
    get isBlank() {
        return this.#sourceState === "given up" && this.drawn.size === 0;
    }

    setJob(job) {
        const wasCompleted = this.#job?.status === "completed";
        const isOtherState = this.#job?.status !== job.status;
        this.#job = job;
        if (isOtherState) this.#failures = 0;
        if (isOtherState && this.#sourceState === "given up") this.#sourceState = "missing";
        if (job.status === "completed" && !wasCompleted) this.#finish();
        else this.update();
    }

    /** Sets another grid, or the same one after changes. */
    setGrid(grid) {
        const isOtherPass = this.#pass !== grid.pass;
        const isOther = this.#grid && (this.#grid !== grid || isOtherPass);
        this.#grid = grid;
        this.#pass = grid.pass;
        if (isOther) {
            this.#epoch += 1;
            this.#underWay.clear();
            // The drawn tiles of the last pass stay in the picture, dimmed.
            if (isOtherPass) this.drawn.clear();
        }
        // A completed job's picture is complete, even if messages about its last tiles are missing.
        if (this.#job?.status === "completed") return this.update();
        for (const position of this.drawn) if (grid.states[position] !== "c") this.#undo(position);
        this.update();
    }

    /** The tile will be processed again, so its pixels may be outdated. */
    #undo(position) {
        this.drawn.delete(position);
        if (this.#sourceState === "there") this.#sourceState = "missing";
    }

    /** The picture has another resolution, so all tiles are fetched again. */
    restart() {
        this.#epoch += 1;
        this.#underWay.clear();
        this.drawn.clear();
        this.#sourceState = "missing";
        if (this.#job?.status === "completed") this.#finish();
        else this.update();
    }

    /** The job was deleted: nothing more to fetch. */
    stop() {
        clearTimeout(this.#timer);
        this.#epoch += 1;
        this.#job = null;
    }

    /** Looks for tiles to fetch, now or after the current pause. */
    update() {
        if (this.#timer || !this.#job || !this.#grid) return;
        this.#timer = setTimeout(() => {
            this.#timer = 0;
            this.#round();
        }, Math.max(0, this.#notBefore - performance.now()));
    }

    #round() {
        if (this.#job.status === "completed") return this.#isFinishing || this.drawn.size === this.#grid.total ? undefined : this.#finish();
        if (this.#sourceState === "missing") this.#fetchSource();
        const free = mostRequests - this.#requests;
        const waiting = this.#grid.positions("c").filter((one) => !this.drawn.has(one) && !this.#underWay.has(one));
        if (free <= 0 || waiting.length === 0) return;
        const isMany = waiting.length > manyTiles;
        this.#wait(isMany ? longPause : shortPause);
        const { columns, states } = this.#grid;
        pieces(waiting, columns, free, (one) => states[one] === "c").forEach((box) => this.#fetchPiece(box));
    }

    async #fetchSource() {
        this.#sourceState = "asked";
        const epoch = this.#epoch;
        try {
            const { bitmap } = await fetchRegion(this.#job, "source", { max: this.#picture.longest });
            this.#sourceState = "there";
            if (this.#job && this.#job.status !== "completed") this.#picture.drawUnder(bitmap, this.#grid, this.drawn);
            bitmap.close();
            this.#changed();
        } catch (error) {
            this.#sourceState = epoch !== this.#epoch || this.#mayTryAgain(error) ? "missing" : "given up";
            this.#changed();
            this.update();
        }
    }

    /** Fetches a rectangle whose tiles are all finished. */
    async #fetchPiece(box) {
        const job = this.#job;
        const grid = this.#grid;
        const epoch = this.#epoch;
        const positions = positionsIn(box, grid.columns);
        positions.forEach((one) => this.#underWay.add(one));
        this.#requests += 1;
        const begun = performance.now();
        try {
            const part = inPixels(box, grid.tileSize, job.size);
            const { bitmap, pass } = await fetchRegion(job, "result", { part, max: this.#picture.sideOf(part) });
            this.#failures = 0;
            // The picture may already be of the next pass, before the message about that pass. It is empty then.
            const isOfPass = pass === null || pass === grid.pass;
            if (epoch === this.#epoch && isOfPass && this.#job.status !== "completed") {
                this.#picture.drawPart(bitmap, part);
                positions.forEach((one) => this.drawn.add(one));
                this.#changed();
            }
            bitmap.close();
            // A slow master gets longer pauses.
            this.#wait(isOfPass ? performance.now() - begun : shortPause);
        } catch (error) {
            if (!this.#mayTryAgain(error)) return;
        } finally {
            this.#requests -= 1;
            if (epoch === this.#epoch) positions.forEach((one) => this.#underWay.delete(one));
        }
        this.update();
    }

    /** Fetches the whole result once, to replace the single pieces. */
    async #finish() {
        if (this.#isFinishing) return;
        this.#isFinishing = true;
        const epoch = (this.#epoch += 1);
        this.#underWay.clear();
        try {
            const { bitmap } = await fetchRegion(this.#job, "result", { max: this.#picture.longest });
            if (epoch === this.#epoch && this.#job.status === "completed") {
                this.#picture.drawPart(bitmap, { x: 0, y: 0, w: this.#job.size.width, h: this.#job.size.height });
                for (let position = 0; position < this.#grid.total; position += 1) this.drawn.add(position);
                this.#changed();
            }
            bitmap.close();
        } catch (error) {
            if (!this.#mayTryAgain(error)) return;
        } finally {
            this.#isFinishing = false;
        }
        this.update();
    }

    #wait(milliseconds) {
        this.#notBefore = Math.max(this.#notBefore, performance.now() + Math.min(milliseconds, 8000));
    }

    /** Waits longer after each failure. A job that makes no progress and has no picture is not requested for ever. */
    #mayTryAgain(error) {
        if (!this.#job) return false;
        this.#failures += 1;
        this.#wait(500 * 2 ** Math.min(this.#failures, 4));
        const isRunning = this.#job.status === "processing" || this.#job.status === "completed";
        return error.status === 0 || error.status >= 500 || (isRunning && this.#failures < 20);
    }
}
