// What the page knows of the job: the last `Job`, and its tiles.

import { byWorkerName } from "../shared/worker-names.js";

/** The tiles of the pass under way. */
export class TileGrid {
    /** @param map a `TileMap` of the API */
    constructor(map) {
        this.columns = map.columns;
        this.rows = map.rows;
        this.tileSize = map.tile_size;
        this.pass = map.pass;
        this.passes = map.passes;
        this.states = [...map.states];
        this.milliseconds = [...map.milliseconds];
        this.workers = map.worker.map((place) => (place < 0 ? null : map.workers[place]));
    }

    get total() {
        return this.columns * this.rows;
    }

    /** Takes in changes of the channel; the positions that changed. A new pass starts all tiles again. */
    apply({ pass, tiles }) {
        if (pass < this.pass) return [];
        if (pass > this.pass) this.#begin(pass);
        for (const { position, state, worker, milliseconds } of tiles) {
            this.states[position] = state;
            this.workers[position] = worker ?? null;
            this.milliseconds[position] = milliseconds ?? null;
        }
        return tiles.map((tile) => tile.position);
    }

    #begin(pass) {
        this.pass = pass;
        this.states.fill(".");
        this.workers.fill(null);
        this.milliseconds.fill(null);
    }

    positions(state) {
        const found = [];
        this.states.forEach((one, position) => one === state && found.push(position));
        return found;
    }

    /** Those who finished tiles of this pass, in order. */
    get workerNames() {
        return [...new Set(this.workers.filter(Boolean))].sort(byWorkerName);
    }

    /** What each worker did in this pass, by name: {name, tiles, share, milliseconds}. */
    shares() {
        const byName = new Map();
        this.states.forEach((state, position) => {
            const name = this.workers[position];
            if (state !== "c" || !name) return;
            const share = byName.get(name) ?? { name, tiles: 0, time: 0 };
            share.tiles += 1;
            share.time += this.milliseconds[position] ?? 0;
            byName.set(name, share);
        });
        const all = [...byName.values()].sort((a, b) => byWorkerName(a.name, b.name));
        const sum = all.reduce((so, { tiles }) => so + tiles, 0);
        return all.map(({ name, tiles, time }) => ({ name, tiles, share: tiles / sum, milliseconds: time / tiles }));
    }
}

/** The part that is done, 0 to 1. It is 1 only when all is done, so that 100 % is true. */
export function donePart({ status, progress: { total, completed } }) {
    if (status === "completed") return 1;
    return Math.min(completed / total, 0.99);
}
