// Sends files, two at a time. After a lost connection it retries with the same key, so that no job is created twice.

import { cancelJob } from "../shared/api.js";
import { bytes, duration } from "../shared/format.js";
import { asSentence } from "../shared/sentence.js";
import { newKey, send, TryAgain } from "./sending.js";

const atOnce = 2;
/** Seconds before each retry. */
const pauses = [1, 2, 4, 8, 15, 30, 30];
/**
 * The browser reports sent bytes late, and bytes in transit cannot be stopped. So a file may become a job in spite of a
 * cancellation, if its upload may end within `soon` seconds or, before the first report, if it has at most `small` bytes.
 */
const soon = 2;
const small = 32e6;
const unsure = "The connection was lost before the master answered. It may have made a job of it: look at the dashboard.";

/** A file under way. */
class Sending extends AbortController {
    /** Whether the master may have received the whole file in a failed attempt, and so may have created a job. */
    mayBeThrough = false;
    isCancelled = false;
    #size = 0;
    #sent = 0;
    #start = 0;

    begin(size) {
        [this.#size, this.#sent, this.#start] = [size, 0, performance.now()];
    }

    progress(sent) {
        this.#sent = sent;
    }

    /** The attempt failed. If the master has answered, there is no job. */
    fail(isAnswered) {
        const isThrough = this.#sent > 0 && this.isNearEnd;
        this.mayBeThrough = !isAnswered && (this.mayBeThrough || isThrough);
    }

    get seconds() {
        return (performance.now() - this.#start) / 1000;
    }

    /** The remaining seconds at the present rate. */
    get secondsLeft() {
        return ((this.#size - this.#sent) / this.#sent) * this.seconds;
    }

    get isNearEnd() {
        return this.#sent > 0 ? this.secondsLeft < soon : this.#size <= small;
    }
}

export class SendQueue {
    #tray;
    #accepted;
    #waiting = [];
    /** A `Sending` by item. */
    #running = new Map();

    /**
     * @param {(item: object, isRevoked: boolean) => void} accepted called with each item that became a job; revoked if
     * the cancellation came too late to prevent the job
     */
    constructor(tray, accepted) {
        this.#tray = tray;
        this.#accepted = accepted;
    }

    get isBusy() {
        return this.#waiting.length + this.#running.size > 0;
    }

    /** @param {string} query all fields that are sent with the file */
    add(item, query) {
        // Without a change it is the same submission, which the master recognizes by its key.
        const isSame = item.submission?.query === query;
        const submission = isSame ? item.submission : { file: item.file, query, key: newKey() };
        this.#tray.update(item, { submission, state: "waiting", reason: "", field: undefined, pace: "", part: 0 });
        this.#waiting.push(item);
        this.#next();
    }

    /** Cancels a file. If it is not sent yet, it can be started again. */
    cancel(item) {
        const sending = this.#running.get(item);
        if (sending?.isCancelled || (!sending && !this.#waiting.includes(item))) return;
        if (sending?.isNearEnd && item.state !== "retrying") {
            // Only the answer tells which job has to be cancelled.
            sending.isCancelled = true;
            return this.#tray.update(item, { state: "cancelling", pace: "Waiting for the master's answer…" });
        }
        this.#takeBack(item, sending);
    }

    #takeBack(item, sending) {
        this.#waiting = this.#waiting.filter((other) => other !== item);
        sending?.abort();
        this.#running.delete(item);
        const end = sending?.mayBeThrough ? { state: "failed", reason: unsure } : { state: "ready" };
        this.#tray.update(item, { ...end, pace: "", part: 0 });
        this.#next();
    }

    #next() {
        while (this.#running.size < atOnce && this.#waiting.length > 0) {
            const item = this.#waiting.shift();
            const sending = new Sending();
            this.#running.set(item, sending);
            this.#run(item, sending).finally(() => {
                if (this.#running.get(item) === sending) this.#running.delete(item);
                this.#next();
            });
        }
    }

    async #run(item, sending) {
        try {
            const job = await this.#sendOften(item, sending);
            const end = sending.isCancelled ? await revoke(job) : { job };
            // Removed before the page changes to the job's page, so that the browser does not ask whether to leave.
            this.#running.delete(item);
            this.#tray.update(item, { state: "sent", pace: "", ...end });
            this.#accepted(item, sending.isCancelled);
        } catch (error) {
            if (sending.signal.aborted) return;
            if (error.name === "AbortError") return this.#tray.update(item, { state: "ready", pace: "", part: 0 });
            this.#tray.update(item, { state: "failed", reason: asSentence(error.message), field: error.field, pace: "" });
        }
    }

    async #sendOften(item, sending) {
        for (let tries = 0; ; tries += 1) {
            sending.begin(item.file.size);
            this.#tray.update(item, { state: "uploading", part: 0, pace: "Connecting…" });
            try {
                return await send(item.submission, (sent) => this.#progressed(item, sending, sent), sending.signal);
            } catch (error) {
                if (!(error instanceof TryAgain)) throw error;
                const why = asSentence(error.message);
                sending.fail(error.isAnswered);
                if (sending.isCancelled) throw sending.mayBeThrough ? new Error(unsure) : new DOMException(why, "AbortError");
                if (tries === pauses.length) throw new Error(`${why} ${tries + 1} tries were in vain.`);
                await this.#pause(item, why, error.seconds ?? pauses[tries], sending.signal);
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

    #progressed(item, sending, sent) {
        const { size } = item.file;
        sending.progress(sent);
        if (sending.isCancelled) {
            // The upload takes longer than expected, so it can still be stopped.
            if (!sending.isNearEnd) this.#takeBack(item, sending);
            return;
        }
        const part = Math.min(1, sent / size);
        const isSteady = part > 0 && sending.seconds > 1;
        const left = isSteady ? `, about ${duration(sending.secondsLeft)} left` : "";
        const percent = `${Math.floor(part * 100)}% of ${bytes(size)} sent${left}`;
        const pace = part < 1 ? percent : "Sent. The master looks at it…";
        this.#tray.update(item, { part, pace });
    }
}

/** Cancels a job whose file was cancelled too late. Returns the text for its row. */
async function revoke(job) {
    try {
        return { job: await cancelJob(job) };
    } catch (error) {
        const isOver = error.status === 409;
        return { job, reason: isOver ? "It was finished before it could be cancelled."
            : `Its job could not be cancelled. ${asSentence(error.message)}` };
    }
}
