// The viewer's tiles as bitmaps: what is wanted is fetched, what is not wanted any more is aborted, and of what was seen
// only the last ones are kept.

const mostRequests = 4;
const firstPause = 1000;

export class TileStore {
    #fetch;
    #most;
    #changed;
    /** Bitmaps by key, those used last at the end. */
    #bitmaps = new Map();
    /** AbortControllers by key. */
    #underWay = new Map();
    #wanted = [];
    #keep = new Set();
    #failures = new Map();
    /** The last failure's text while something wanted is missing by it. */
    problem = null;

    /**
     * @param {(tile, signal) => Promise<ImageBitmap>} fetch
     * @param {number} most bitmaps at once
     * @param {() => void} changed called when a tile has come or failed
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

    /** @param tiles `{key, …}`, the most urgent first; whatever is not among them is not fetched any more */
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
        // A job that is gone does not come back.
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

    /** Lets go of what was not used for longest, but never of what is on the glass. */
    #forget() {
        for (const [key, bitmap] of this.#bitmaps) {
            if (this.#bitmaps.size <= this.#most) return;
            if (this.#keep.has(key)) continue;
            this.#bitmaps.delete(key);
            bitmap.close();
        }
    }
}
