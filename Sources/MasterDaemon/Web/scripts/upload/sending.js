// One upload: a request with the file as its body, which reports its progress.

import { Problem } from "../shared/api.js";

/** Milliseconds without progress after which the connection counts as lost. */
const patience = 60_000;
const fileGone = "The file was changed or removed since it was added. Remove it here and add it again.";

/** The connection was lost, or the master asks for a retry. A retry uses the same key. */
export class TryAgain extends Error {
    /** @param {boolean} isAnswered whether certainly no job was created @param {number} [seconds] how long to wait */
    constructor(message, isAnswered, seconds) {
        super(message);
        this.isAnswered = isAnswered;
        this.seconds = seconds;
    }
}

/**
 * @param {{file: File, query: string, key: string}} submission
 * @param {(sent: number) => void} progressed bytes so far
 * @returns {Promise<object>} the job
 */
export function send({ file, query, key }, progressed, signal) {
    return new Promise((accept, refuse) => {
        const request = new XMLHttpRequest();
        let isStalled = false;
        let watch = 0;
        const watchOn = () => {
            clearTimeout(watch);
            watch = setTimeout(() => {
                isStalled = true;
                request.abort();
            }, patience);
        };
        request.open("POST", `/api/v1/jobs?${query}`);
        request.setRequestHeader("Idempotency-Key", key);
        request.setRequestHeader("Content-Type", "application/octet-stream");
        request.upload.addEventListener("loadstart", watchOn);
        request.upload.addEventListener("progress", (event) => {
            watchOn();
            progressed(event.loaded);
        });
        // All is sent. The time for the master's answer is not limited.
        request.upload.addEventListener("loadend", () => clearTimeout(watch));
        request.addEventListener("load", () => {
            if (request.status === 202) return accept(request.responseText);
            const problem = Problem.from(request.status, request.responseText);
            const isTransient = [502, 503, 504].includes(request.status);
            const seconds = Number(request.getResponseHeader("Retry-After")) || undefined;
            refuse(isTransient ? new TryAgain(problem.message, request.status === 503, seconds) : problem);
        });
        request.addEventListener("error", async () => {
            const isThere = await file.slice(0, 1).arrayBuffer().then(() => true, () => false);
            refuse(isThere ? new TryAgain("The connection was lost.", false) : new Problem(0, "file-gone", fileGone));
        });
        request.addEventListener("abort", () => {
            const stalled = new TryAgain("Nothing went through for a minute.", false);
            refuse(isStalled ? stalled : new DOMException("cancelled", "AbortError"));
        });
        const abort = () => request.abort();
        signal.addEventListener("abort", abort);
        request.addEventListener("loadend", () => signal.removeEventListener("abort", abort));
        request.send(file);
    }).then(read);
}

/** An incomplete answer counts as none. */
function read(text) {
    try {
        return JSON.parse(text);
    } catch {
        throw new TryAgain("The master's answer was cut off.", false);
    }
}

/** A key for a submission. crypto.randomUUID does not exist over plain http. */
export function newKey() {
    return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
