// The live channel: a snapshot, then changes. It reconnects by itself. Each connection begins with a snapshot, so
// listeners never have to request what they missed.

import { query } from "./api.js";

const firstPause = 500;
const longestPause = 5000;
/**
 * The master sends its statistics every 10 s even without changes. A longer silence means a dead connection. Scripts do
 * not see the master's pings.
 */
const patience = 40_000;

/**
 * An `EventTarget`. Its events are the channel's message types ("snapshot", "job", "job_deleted", "worker",
 * "worker_forgotten", "statistics", "tiles") with the message as `detail`, and "state" with "connecting", "open" or
 * "away".
 */
export class LiveChannel extends EventTarget {
    #path;
    #socket = null;
    #pause = firstPause;
    #timer = 0;
    #watchdog = 0;
    state = "connecting";

    /** @param {string} [job] follows only this job, with its tiles */
    constructor(job) {
        super();
        this.#path = job ? `/api/v1/events?${query({ job })}` : "/api/v1/events";
        // A page that was asleep or offline reconnects at once, without waiting for its timer.
        window.addEventListener("online", () => this.#retryNow());
        document.addEventListener("visibilitychange", () => {
            if (document.visibilityState === "visible") this.#retryNow();
        });
        window.addEventListener("pagehide", () => this.#close());
        window.addEventListener("pageshow", (event) => {
            if (event.persisted) this.#connect();
        });
    }

    /** Connects. Called when listeners are in place. */
    start() {
        this.#connect();
        return this;
    }

    /** Calls `handler` with each message of a type. */
    on(type, handler) {
        this.addEventListener(type, (event) => handler(event.detail));
        return this;
    }

    #connect() {
        this.#close();
        const scheme = location.protocol === "https:" ? "wss" : "ws";
        const socket = new WebSocket(`${scheme}://${location.host}${this.#path}`);
        this.#socket = socket;
        this.#watch();
        socket.addEventListener("message", (event) => {
            this.#watch();
            const message = read(event.data);
            if (!message) return;
            if (message.type === "snapshot") {
                this.#pause = firstPause;
                this.#setState("open");
            }
            this.dispatchEvent(new CustomEvent(message.type, { detail: message }));
        });
        socket.addEventListener("close", () => {
            if (this.#socket === socket) this.#lost();
        });
    }

    #lost() {
        this.#close();
        this.#setState("away");
        this.#timer = setTimeout(() => this.#connect(), this.#pause);
        this.#pause = Math.min(this.#pause * 1.7, longestPause);
    }

    #retryNow() {
        if (this.state === "away") this.#connect();
    }

    #watch() {
        clearTimeout(this.#watchdog);
        this.#watchdog = setTimeout(() => this.#lost(), patience);
    }

    #close() {
        clearTimeout(this.#timer);
        clearTimeout(this.#watchdog);
        const socket = this.#socket;
        this.#socket = null;
        socket?.close();
    }

    #setState(state) {
        if (this.state === state) return;
        this.state = state;
        this.dispatchEvent(new CustomEvent("state", { detail: state }));
    }
}

/** Parses a message; `null` if it is not valid. */
function read(text) {
    try {
        const message = JSON.parse(text);
        return typeof message?.type === "string" ? message : null;
    } catch {
        return null;
    }
}
