// The page's data about the job: the latest `Job`, and its tiles.

import { byWorkerName } from "../shared/worker-names.js";

/** The tiles of the current pass. */
export class TileGrid {
    /** @param map the API's `TileMap` */
    constructor(map) {
        this.columns = map.columns;
        this.rows = map.rows;
        this.tileSize = map.tile_size;
        this.pass = map.pass;
        this.passes = map.passes;
        this.states = [...map.states];
        this.milliseconds = [...map.milliseconds];
        this.workers = map.worker.map((index) => (index < 0 ? null : map.workers[index]));
    }

    get total() {
        return this.columns * this.rows;
    }

    /** Applies changes of the channel, and returns the changed positions. A new pass resets all tiles. */
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

    /** The workers that finished tiles of this pass, in order. */
    get workerNames() {
        return [...new Set(this.workers.filter(Boolean))].sort(byWorkerName);
    }

    /** The work of each worker in this pass, by name: {name, tiles, share, milliseconds}. */
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

/** The completed part, 0 to 1. It is 1 only for a completed job, so that 100 % is never shown too early. */
export function donePart({ status, progress: { total, completed } }) {
    if (status === "completed") return 1;
    return Math.min(completed / total, 0.99);
}
