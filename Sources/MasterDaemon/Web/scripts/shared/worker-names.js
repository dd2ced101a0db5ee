// Workers by their names: their order, and how one is started.

/** worker-2 before worker-10. */
export const byWorkerName = new Intl.Collator("en", { numeric: true }).compare;

const usualAddress = "http://127.0.0.1:5000";

/** What starts a worker for this master; it asks the usual address by itself. */
export function workerCommand() {
    return `worker-main worker-1${location.origin === usualAddress ? "" : ` --master ${location.origin}`}`;
}
