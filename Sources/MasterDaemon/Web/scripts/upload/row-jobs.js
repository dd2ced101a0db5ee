// Updates the rows of files that became jobs.

import { getJSON } from "../shared/api.js";

export function followJobs(channel, tray) {
    const find = (id) => tray.items.find(({ job }) => job?.job_id === id);
    const take = (job) => {
        const item = find(job.job_id);
        if (item) tray.update(item, { job });
    };
    const gone = (id) => {
        const item = find(id);
        if (item) tray.update(item, { isGone: true });
    };
    /** The snapshot has the newest jobs only. Others are requested. */
    const ask = async (id) => {
        const known = find(id)?.job;
        try {
            const job = await getJSON(`jobs/${id}`);
            // A message that came over the channel meanwhile is newer.
            if (find(id)?.job === known) take(job);
        } catch (error) {
            if (error.status === 404) gone(id);
        }
    };

    channel
        .on("snapshot", ({ jobs }) => {
            const known = new Map(jobs.map((job) => [job.job_id, job]));
            for (const { job, isGone } of tray.items) {
                if (!job || isGone) continue;
                if (known.has(job.job_id)) take(known.get(job.job_id));
                else ask(job.job_id);
            }
        })
        .on("job", ({ job }) => take(job))
        .on("job_deleted", ({ job_id }) => gone(job_id));

    /** A change may have come before the answer to the upload. */
    return { catchUp: (item) => ask(item.job.job_id) };
}
