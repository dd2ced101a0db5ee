// The viewer's tiles as bitmaps. It fetches wanted tiles, aborts requests for others, and keeps the most recently used
// ones.

const mostRequests = 4;
const firstPause = 1000;

export class TileStore {
    #fetch;
    #most;
    #changed;
    /** Bitmaps by key, most recently used last. */
    #bitmaps = new Map();
    /** AbortControllers by key. */
    #underWay = new Map();
    #wanted = [];
    #keep = new Set();
    #failures = new Map();
    /** Why a wanted tile is missing: the text of the last failure; null after a success. */
    problem = null;

    /**
     * @param {(tile, signal) => Promise<ImageBitmap>} fetch
     * @param {number} most bitmaps at once
     * @param {() => void} changed called when a tile has arrived or failed
     */
    constructor(fetch, most, changed) {
        this.#fetch = fetch;
        this.#most = most;
        this.#changed = changed;
    }

    get(key) {
        const bitmap = this.#bitmaps.get(key);
        if (!bitmap) return null;
        this.#bitmaps.delete(key);
        this.#bitmaps.set(key, bitmap);
        return bitmap;
    }

    /** @param tiles `{key, …}`, the most urgent first; requests for other tiles are aborted */
    want(tiles) {
        this.#wanted = tiles;
        this.#keep = new Set(tiles.map(({ key }) => key));
        for (const [key, controller] of this.#underWay) if (!this.#keep.has(key)) controller.abort();
        this.#next();
    }

    #next() {
        const now = performance.now();
        for (const tile of this.#wanted) {
            if (this.#underWay.size >= mostRequests) return;
            const isLate = (this.#failures.get(tile.key)?.notBefore ?? 0) > now;
            if (!this.#bitmaps.has(tile.key) && !this.#underWay.has(tile.key) && !isLate) this.#ask(tile);
        }
    }

    async #ask(tile) {
        const controller = new AbortController();
        this.#underWay.set(tile.key, controller);
        try {
            const bitmap = await this.#fetch(tile, controller.signal);
            this.#bitmaps.set(tile.key, bitmap);
            this.#failures.delete(tile.key);
            this.problem = null;
            this.#forget();
            this.#changed();
        } catch (error) {
            if (error.name !== "AbortError") this.#failed(tile, error);
        } finally {
            this.#underWay.delete(tile.key);
            this.#next();
        }
    }

    #failed({ key }, error) {
        // A deleted job does not return.
        const isGone = error.status === 404;
        this.problem = isGone ? "The job's files are gone" : error.message;
        if (isGone) this.#failures.set(key, { number: 1, notBefore: Infinity });
        else this.#tryLater(key);
        this.#changed();
    }

    #tryLater(key) {
        const number = (this.#failures.get(key)?.number ?? 0) + 1;
        const pause = firstPause * 2 ** Math.min(number - 1, 5);
        this.#failures.set(key, { number, notBefore: performance.now() + pause });
        setTimeout(() => this.#next(), pause + 20);
    }

    /** Drops the least recently used bitmaps, but never visible ones. */
    #forget() {
        for (const [key, bitmap] of this.#bitmaps) {
            if (this.#bitmaps.size <= this.#most) return;
            if (this.#keep.has(key)) continue;
            this.#bitmaps.delete(key);
            bitmap.close();
        }
    }
}
