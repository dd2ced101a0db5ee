// Texts about a job for its row.

import { count, duration, figure, plural } from "../shared/format.js";

/** "grayscale,blur:ksize=31" → "grayscale → blur ksize=31". */
export const stepsText = (transforms) =>
    transforms.split(",").map((step) => step.replaceAll(":", " ")).join(" → ");

/** Progress, rate and remaining time. */
export function progressText(job) {
    const { completed, total } = job.progress;
    if (job.status === "completed") return `All ${plural(total, "tile", "tiles")} done`;
    if (job.status === "failed") return job.error ?? "It failed";
    if (job.status === "cancelled") return `Cancelled with ${count(completed)} of ${plural(total, "tile", "tiles")} done`;
    if (job.message) return waitText(job.message);
    if (job.status === "pending") return "Waiting for its turn";
    if (completed === total) return "All tiles done, the file is being written";
    const parts = [`${count(completed)} / ${plural(total, "tile", "tiles")}`];
    if (job.rate > 0) parts.push(`${figure(job.rate)} tiles/s`);
    if (Number.isFinite(job.eta_s) && completed > 0) parts.push(`${duration(job.eta_s)} left`);
    return parts.join(" · ");
}

/** The workers' card explains how to start one, so jobs need not repeat it. */
const waitText = (message) => (message.startsWith("no worker is online") ? "Waiting for a worker to come online" : message);
