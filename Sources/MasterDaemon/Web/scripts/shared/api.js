// Requests to the master. A refusal becomes a `Problem` whose message a person can act on.

/** What the master refused, by RFC 9457. `status` is 0 where it was not reached. */
export class Problem extends Error {
    constructor(status, type, message) {
        super(message);
        this.status = status;
        this.type = type;
    }

    static unreachable() {
        return new Problem(0, "unreachable", "The master does not answer. Is it running?");
    }

    /** From the text of a refused answer. */
    static from(status, text) {
        try {
            const { type, detail, title } = JSON.parse(text);
            return new Problem(status, type, detail ?? title ?? `The master answered ${status}.`);
        } catch {
            return new Problem(status, "unknown", `The master answered ${status}.`);
        }
    }
}

/** Sends a request under /api/v1; throws a `Problem` where it is refused. An aborted one throws its AbortError. */
export async function request(path, options = {}) {
    let answer;
    try {
        answer = await fetch(path.startsWith("/") ? path : `/api/v1/${path}`, options);
    } catch (error) {
        if (error.name === "AbortError") throw error;
        throw Problem.unreachable();
    }
    if (!answer.ok) throw Problem.from(answer.status, await answer.text());
    return answer;
}

/** The JSON of an address. */
export async function getJSON(path, options) {
    return (await request(path, options)).json();
}

export const cancelJob = async (job) => (await request(job.links.cancel, { method: "POST" })).json();
export const retryJob = async (job) => (await request(job.links.retry, { method: "POST" })).json();
export const deleteJob = (job) => request(job.links.self, { method: "DELETE" });
