// The order of workers' names, and the command that starts a worker.

/** worker-2 before worker-10. */
export const byWorkerName = new Intl.Collator("en", { numeric: true }).compare;

const usualAddress = "http://127.0.0.1:5000";

/** The command that starts a worker for this master. The usual address is its default. */
export function workerCommand() {
    return `worker-main worker-1${location.origin === usualAddress ? "" : ` --master ${location.origin}`}`;
}
