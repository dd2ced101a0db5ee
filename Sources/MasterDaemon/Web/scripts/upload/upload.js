// The page for a new job: files, steps, preview, output, start.

import { getJSON, query } from "../shared/api.js";
import { byID } from "../shared/dom.js";
import { bytes, count } from "../shared/format.js";
import { LiveChannel } from "../shared/live.js";
import { announce, followChannel } from "../shared/shell.js";
import { BatchPanel } from "./batch-panel.js";
import { CropPreview } from "./crop-preview.js";
import { formatTitle } from "./file-check.js";
import { showFiles } from "./file-list.js";
import { FileTray } from "./file-tray.js";
import { takeFiles } from "./intake.js";
import { OutputChoice } from "./output-choice.js";
import { arrange, measure } from "./page-order.js";
import { noticeRefused } from "./refused-notice.js";
import { followJobs } from "./row-jobs.js";
import { offerSample } from "./sample-image.js";
import { SendQueue } from "./send-queue.js";
import { startPanel } from "./start-panel.js";
import { stepArea } from "./step-area.js";
import { Catalogue } from "./step-catalogue.js";
import { Pipeline } from "./step-pipeline.js";
import { noticeWorkers } from "./worker-notice.js";

/** Loads the limits and the transforms, which the page needs. While the master is away, they are requested again. */
async function loadSettings() {
    const failure = byID("page-failure");
    for (;;) {
        try {
            const [limits, { transforms }] = await Promise.all([getJSON("limits"), getJSON("transforms")]);
            failure.hidden = true;
            return { limits, transforms };
        } catch (error) {
            failure.textContent = error.message;
            failure.hidden = false;
            await new Promise((done) => setTimeout(done, 2000));
        }
    }
}

function describeLimits({ formats, minimum_side: side, maximum_pixels: pixels, maximum_bytes: most }) {
    const names = formats.map(({ name }) => formatTitle(name)).join(", ");
    const largest = `up to ${count(pixels / 1e6)} megapixels and ${bytes(most)}`;
    return `${names} · each side at least ${count(side)} px · ${largest}`;
}

function showPreview(tray, pipeline, output) {
    return new CropPreview(tray, pipeline, output, {
        panel: byID("preview"), name: byID("preview-name"), stage: byID("preview-stage"),
        before: byID("preview-before"), after: byID("preview-after"), message: byID("preview-message"),
        status: byID("preview-status"), estimate: byID("preview-estimate"), map: byID("crop-map"),
        overview: byID("crop-overview"), frame: byID("crop-frame"),
    });
}

function build({ limits, transforms }, channel) {
    const catalogue = new Catalogue(transforms);
    const pipeline = new Pipeline(catalogue, limits.maximum_steps);
    const tray = new FileTray(limits);
    const output = new OutputChoice(limits.formats, {
        format: byID("format"), qualityField: byID("quality-field"), quality: byID("quality"),
        slider: byID("quality-slider"), about: byID("quality-about"), options: byID("options-panel"), set: byID("options-set"),
    });
    const jobs = followJobs(channel, tray);
    // A user who started a single file is sent to its job's page. With several files, this page shows all of them.
    let alone = null;
    const queue = new SendQueue(tray, (item, isRevoked) => {
        if (item === alone && !isRevoked) return location.assign(`/jobs/${item.job.job_id}`);
        jobs.catchUp(item);
        if (!isRevoked) announce(`${item.file.name} is sent.`);
        else announce(item.reason || `The job of ${item.file.name} is cancelled.`);
    });
    const submit = (item) => {
        const about = { filename: item.file.name, batch: item.batch, transforms: pipeline.text, ...output.query(item.head) };
        queue.add(item, query(about));
    };

    byID("limits").textContent = describeLimits(limits);
    const batches = new BatchPanel(tray);
    noticeRefused(tray);
    showPreview(tray, pipeline, output);
    const { say } = stepArea(pipeline, catalogue);
    const rows = showFiles(tray, { list: byID("files"), count: byID("files-count"), zone: byID("drop-zone") }, {
        obstacle: ({ head }) => output.obstacle(head),
        cancel: (item) => queue.cancel(item),
        retry: (item) => {
            const fault = pipeline.steps.length === 0 ? "Add a step first." : pipeline.fault || output.fault;
            if (fault) say(fault);
            else submit(item);
        },
    });
    output.addEventListener("change", () => {
        rows.refreshAll();
        tray.setPage(output.page);
    });
    tray.on("item", ({ state, field, reason }) => state === "failed" && field && output.refuse(field, reason));
    startPanel({ tray, pipeline, output }, { button: byID("start"), reason: byID("start-reason") }, (items) => {
        alone = items.length === 1 && !queue.isBusy ? items[0] : null;
        const batch = batches.begin(items);
        for (const item of items) {
            item.batch = batch;
            submit(item);
        }
    });
    const input = byID("file-input");
    input.accept = limits.formats.map(({ media_type }) => media_type).join(",");
    takeFiles({ input, zone: byID("drop-zone"), curtain: byID("drop-curtain") }, (files) => tray.add(files));
    offerSample({ button: byID("sample"), failure: byID("files-say") }, (file) => {
        tray.add([file]);
        // The first two transforms, so that there is something to see at once.
        if (pipeline.steps.length === 0) pipeline.load(catalogue.transforms.slice(0, 2));
    });
    window.addEventListener("beforeunload", (event) => {
        if (queue.isBusy) event.preventDefault();
    });
}

arrange(byID("preview"), byID("bench-files"), byID("bench-steps"));
document.querySelectorAll(".bench-column").forEach(measure);
const channel = new LiveChannel();
followChannel(channel);
noticeWorkers(channel, { notice: byID("no-worker"), command: byID("no-worker-command") });
build(await loadSettings(), channel);
byID("bench").dataset.ready = "";
channel.start();
