// Requests to the master. Errors become a `Problem`, whose message tells the user what to do.

/** An error of the master (RFC 9457). `status` is 0 if the master was not reached. */
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

    /** Makes a problem from the text of an error answer. */
    static from(status, text) {
        try {
            const { type, detail, title, field } = JSON.parse(text);
            return new Problem(status, type, detail ?? title ?? `The master answered ${status}.`, field);
        } catch {
            return new Problem(status, "unknown", `The master answered ${status}.`);
        }
    }
}

/** Turns network errors, before or during an answer, into problems. An abort stays an AbortError. */
async function reached(step) {
    try {
        return await step();
    } catch (error) {
        if (error.name === "AbortError") throw error;
        throw Problem.unreachable();
    }
}

/** Reads an answer's content: "json", "blob" or "text". */
const bodyOf = (answer, kind) => reached(() => answer[kind]());

/** Sends a request under /api/v1. Throws a `Problem` if it fails, or the AbortError if it is aborted. */
async function request(path, options = {}) {
    const answer = await reached(() => fetch(path.startsWith("/") ? path : `/api/v1/${path}`, options));
    if (answer.status === 401) logInFirst();
    if (!answer.ok) throw Problem.from(answer.status, await bodyOf(answer, "text"));
    return answer;
}

/** Opens the log-in page, which leads back to this page. For users without a valid session. */
export function logInFirst(fields = {}) {
    location.assign(`/login?${query({ ...fields, next: location.pathname + location.search })}`);
}

/** Opens the log-in page for users who are logged in already. */
export const logInAgain = () => logInFirst({ again: 1 });

/** The JSON of an address. */
export const getJSON = async (path, options) => bodyOf(await request(path, options), "json");

/** The content of an address as a file; also the answer to a posted file. */
export const getBlob = async (path, options) => bodyOf(await request(path, options), "blob");

/** The same, with one of the answer's header fields: [blob, text]. */
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
 * Encodes fields as a query, without empty ones. URLSearchParams is not used, because it writes spaces as "+", which
 * the master reads as a plus sign.
 */
export function query(fields) {
    return Object.entries(fields)
        .filter(([, value]) => value !== null && value !== undefined && value !== "")
        .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
        .join("&");
}

/** Replaces lone surrogates, as of an emoji that was cut, because they cannot be encoded. */
const encoded = (value) => encodeURIComponent(String(value).replace(/\p{Surrogate}/gu, "\ufffd"));
