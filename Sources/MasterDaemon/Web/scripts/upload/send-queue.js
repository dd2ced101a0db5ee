// Sends files, two at a time. A lost connection is tried again by itself, with the same key, so that no job is made
// twice.

import { bytes, duration } from "../shared/format.js";
import { newKey, send, TryAgain } from "./sending.js";
import { asSentence } from "./sentence.js";

const atOnce = 2;
/** Seconds before each further try. */
const pauses = [1, 2, 4, 8, 15, 30, 30];

export class SendQueue {
    #tray;
    #accepted;
    #waiting = [];
    #running = new Map();

    /** @param {(item: object) => void} accepted is called with each item that became a job */
    constructor(tray, accepted) {
        this.#tray = tray;
        this.#accepted = accepted;
    }

    get isBusy() {
        return this.#waiting.length + this.#running.size > 0;
    }

    /** @param {string} query all that is sent beside the file */
    add(item, query) {
        // Sent anew without a change it is the same submission, and the master knows it by its key.
        const isSame = item.submission?.query === query;
        const submission = isSame ? item.submission : { file: item.file, query, key: newKey() };
        this.#tray.update(item, { submission, state: "waiting", reason: "", pace: "", part: 0 });
        this.#waiting.push(item);
        this.#next();
    }

    /** Takes a file back. One that is not sent yet can be started again. */
    cancel(item) {
        const isMine = this.#waiting.includes(item) || this.#running.has(item);
        this.#waiting = this.#waiting.filter((other) => other !== item);
        this.#running.get(item)?.abort();
        this.#running.delete(item);
        if (isMine) this.#tray.update(item, { state: "ready", pace: "", part: 0 });
        this.#next();
    }

    #next() {
        while (this.#running.size < atOnce && this.#waiting.length > 0) {
            const item = this.#waiting.shift();
            const controller = new AbortController();
            this.#running.set(item, controller);
            this.#run(item, controller.signal).finally(() => {
                if (this.#running.get(item) === controller) this.#running.delete(item);
                this.#next();
            });
        }
    }

    async #run(item, signal) {
        try {
            const job = await this.#sendOften(item, signal);
            // No longer under way: whoever leaves the page for the job's is not asked to stay.
            this.#running.delete(item);
            this.#tray.update(item, { state: "sent", job, pace: "" });
            this.#accepted(item);
        } catch (error) {
            if (signal.aborted) return;
            this.#tray.update(item, { state: "failed", reason: asSentence(error.message), pace: "" });
        }
    }

    async #sendOften(item, signal) {
        for (let tries = 0; ; tries += 1) {
            const start = performance.now();
            this.#tray.update(item, { state: "uploading", part: 0, pace: "Connecting…" });
            try {
                return await send(item.submission, (sent) => this.#progressed(item, sent, start), signal);
            } catch (error) {
                if (!(error instanceof TryAgain)) throw error;
                const why = asSentence(error.message);
                if (tries === pauses.length) throw new Error(`${why} ${tries + 1} tries were in vain.`);
                await this.#pause(item, why, error.seconds ?? pauses[tries], signal);
            }
        }
    }

    async #pause(item, why, seconds, signal) {
        for (let left = Math.min(seconds, 60); left > 0; left -= 1) {
            this.#tray.update(item, { state: "retrying", pace: `${why} Trying again in ${left} s.` });
            await new Promise((done) => setTimeout(done, 1000));
            signal.throwIfAborted();
        }
    }

    #progressed(item, sent, start) {
        const { size } = item.file;
        const part = Math.min(1, sent / size);
        const seconds = (performance.now() - start) / 1000;
        const isSteady = part > 0 && seconds > 1;
        const left = isSteady ? `, about ${duration(((1 - part) / part) * seconds)} left` : "";
        const percent = `${Math.floor(part * 100)}% of ${bytes(size)} sent${left}`;
        const pace = part < 1 ? percent : "Sent. The master looks at it…";
        this.#tray.update(item, { part, pace });
    }
}
