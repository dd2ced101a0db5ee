// Requests to the master. A refusal becomes a `Problem` whose message a person can act on.

/** What the master refused, by RFC 9457. `status` is 0 where it was not reached. */
export class Problem extends Error {
    /** @param {string} [field] the field of the request that is wrong */
    constructor(status, type, message, field) {
        super(message);
        this.status = status;
        this.type = type;
        this.field = field;
    }

    static unreachable() {
        return new Problem(0, "unreachable", "The master does not answer. Is it running?");
    }

    /** From the text of a refused answer. */
    static from(status, text) {
        try {
            const { type, detail, title, field } = JSON.parse(text);
            return new Problem(status, type, detail ?? title ?? `The master answered ${status}.`, field);
        } catch {
            return new Problem(status, "unknown", `The master answered ${status}.`);
        }
    }
}

/** A connection may die before the answer as in the midst of it; an abort stays an abort. */
async function reached(step) {
    try {
        return await step();
    } catch (error) {
        if (error.name === "AbortError") throw error;
        throw Problem.unreachable();
    }
}

/** What an answer holds: "json", "blob" or "text". */
const bodyOf = (answer, kind) => reached(() => answer[kind]());

/** Sends a request under /api/v1; throws a `Problem` where it is refused. An aborted one throws its AbortError. */
async function request(path, options = {}) {
    const answer = await reached(() => fetch(path.startsWith("/") ? path : `/api/v1/${path}`, options));
    if (answer.status === 401) logInFirst();
    if (!answer.ok) throw Problem.from(answer.status, await bodyOf(answer, "text"));
    return answer;
}

/** The session has ended, or there never was one. The page comes back after the log-in. */
export function logInFirst(fields = {}) {
    location.assign(`/login?${query({ ...fields, next: location.pathname + location.search })}`);
}

/** The same for somebody who is logged in. */
export const logInAgain = () => logInFirst({ again: 1 });

/** The JSON of an address. */
export const getJSON = async (path, options) => bodyOf(await request(path, options), "json");

/** What is at an address, as a file; also what the master answers to one. */
export const getBlob = async (path, options) => bodyOf(await request(path, options), "blob");

/** The same with one of the answer's headers: [blob, text]. */
export async function getBlobWithHeader(path, header, options) {
    const answer = await request(path, options);
    return [await bodyOf(answer, "blob"), answer.headers.get(header)];
}

export const cancelJob = (job) => getJSON(job.links.cancel, { method: "POST" });
export const retryJob = (job) => getJSON(job.links.retry, { method: "POST" });
export const drainWorker = (id) => getJSON(`workers/${encoded(id)}/drain`, { method: "POST" });
export const forgetWorker = (id) => request(`workers/${encoded(id)}`, { method: "DELETE" });
export const endSession = (id) => request(`sessions/${encoded(id)}`, { method: "DELETE" });
export const endOtherSessions = () => request("sessions", { method: "DELETE" });
export const deleteJob = (job) => request(job.links.self, { method: "DELETE" });

/**
 * Fields as the query of an address; what is empty is left out. Not by URLSearchParams: that writes a space as "+",
 * which the master takes for a plus.
 */
export function query(fields) {
    return Object.entries(fields)
        .filter(([, value]) => value !== null && value !== undefined && value !== "")
        .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
        .join("&");
}

/** Half a sign, as of an emoji that was cut, cannot be encoded. */
const encoded = (value) => encodeURIComponent(String(value).replace(/\p{Surrogate}/gu, "\ufffd"));
