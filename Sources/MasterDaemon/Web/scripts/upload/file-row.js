// A file's row: picture, facts, progress and actions.

import { element, progressBar, setProgress, setStatus, setText, statusBadge } from "../shared/dom.js";
import { bytes, duration, megapixels, plural, size } from "../shared/format.js";
import { clampName } from "../shared/long-name.js";
import { asSentence } from "../shared/sentence.js";
import { formatTitle } from "./file-check.js";
import { sign } from "./signs.js";

export class FileRow {
    #item;
    #actions;
    #canvas = element("canvas", { width: 1, height: 1, hidden: true });
    #pick = element("button.file-picture", { type: "button" }, this.#canvas, sign("picture"));
    #facts = element("p.small.soft.figures");
    #reason = element("p.file-reason.small");
    #note = element("p.small.soft");
    #bar;
    #badge = statusBadge("checking");
    #buttons = element("span.row.file-buttons");
    #drawn = null;
    #offered = "";
    element;

    /** @param {{obstacle: Function, select, remove, cancel, retry}} actions */
    constructor(item, actions) {
        this.#item = item;
        this.#actions = actions;
        const { name } = item.file;
        this.#bar = progressBar(`Progress of ${name}`);
        this.#pick.addEventListener("click", () => actions.select(item));
        const title = element("strong.file-name", {}, name);
        const head = element("div.file-title", {}, title, this.#badge);
        this.element = element(
            "li.file-row", { dataset: { testid: "file-row" } },
            this.#pick,
            element(
                "div.file-text", {},
                head, this.#facts, this.#reason, this.#note, this.#bar,
            ),
            this.#buttons,
        );
        clampName(title, head);
        // For the mouse only; for keys the picture is a button.
        this.element.addEventListener("click", (event) => {
            const isText = getSelection().toString() !== "";
            if (!event.target.closest("button, a") && !this.#pick.disabled && !isText) actions.select(item);
        });
        this.update(false);
    }

    update(isSelected) {
        const item = this.#item;
        const obstacle = item.state === "ready" ? this.#actions.obstacle(item) : "";
        const reason = item.reason || obstacle;
        const state = obstacle ? "refused" : item.state;
        this.element.dataset.state = state;
        this.element.dataset.selected = isSelected;
        this.#pick.disabled = !item.head || item.state === "refused" || item.state === "checking";
        this.element.dataset.usable = !this.#pick.disabled;
        this.#pick.setAttribute("aria-pressed", isSelected);
        this.#pick.setAttribute("aria-label", `Preview ${item.file.name}`);
        this.#showFacts();
        setText(this.#reason, reason);
        this.#reason.hidden = !reason;
        this.#showPicture();
        this.#showProgress(state);
        this.#offer(state);
    }

    #showFacts() {
        const parts = facts(this.#item);
        if (this.#facts.textContent === parts.join(" · ")) return;
        // Each part is one element, so that a line never breaks between a number and its unit.
        const pieces = parts.flatMap((part, index) => [index > 0 ? " · " : "", element("span", {}, part)]);
        this.#facts.replaceChildren(...pieces);
    }

    #showPicture() {
        const { picture } = this.#item;
        if (!picture || picture === this.#drawn) return;
        this.#drawn = picture;
        this.#canvas.width = picture.width;
        this.#canvas.height = picture.height;
        this.#canvas.getContext("2d").drawImage(picture, 0, 0);
        this.#canvas.hidden = false;
        this.#pick.querySelector(".sign")?.remove();
    }

    #showProgress(state) {
        const { job, part, pace, pictureNote, isGone } = this.#item;
        const shown = isGone ? "deleted" : job?.status ?? state;
        setStatus(this.#badge, shown);
        const isUnderWay = ["uploading", "retrying"].includes(state) || ["pending", "processing"].includes(shown);
        this.#bar.hidden = !isUnderWay;
        if (job) setProgress(this.#bar, job.progress.completed / job.progress.total, job.status);
        else setProgress(this.#bar, part, "uploading");
        const note = job ? jobNote(job, isGone) : pace || pictureNote;
        setText(this.#note, note);
        this.#note.hidden = !note;
    }

    /** Buttons are replaced only if the actions differ, so that the focused one keeps the focus. */
    #offer(state) {
        const { job, isGone } = this.#item;
        const wanted = isGone ? "gone" : job ? `job ${job.status}` : state;
        if (wanted === this.#offered) return;
        this.#offered = wanted;
        const hadFocus = this.#buttons.contains(document.activeElement);
        this.#buttons.replaceChildren(...this.#buttonsFor(state));
        if (hadFocus) this.#buttons.firstElementChild?.focus();
    }

    #buttonsFor(state) {
        const { job, file, isGone } = this.#item;
        const { cancel, retry, remove } = this.#actions;
        const button = (text, act, testid) =>
            element(
                "button.button.small", { type: "button", dataset: { testid }, onclick: () => act(this.#item) }, text);
        const removal = element(
            "button.button.quiet.icon",
            { type: "button", "aria-label": `Remove ${file.name} from the list`, title: "Remove from the list",
              dataset: { testid: "remove-file" }, onclick: () => remove(this.#item) },
            sign("remove"),
        );
        if (job && !isGone) return [...links(job, file.name), removal];
        if (["waiting", "uploading", "retrying"].includes(state)) return [button("Cancel", cancel, "cancel-upload")];
        if (state === "failed") return [button("Try again", retry, "retry-upload"), removal];
        return [removal];
    }
}

function links(job, name) {
    const page = element("a.button.small", {
        href: `/jobs/${job.job_id}`, "aria-label": `Open job of ${name}`, dataset: { testid: "job-link" },
    }, "Open job");
    if (!job.links.result) return [page];
    const download = element("a.button.small.primary", {
        href: job.links.result, download: true, "data-needs-master": true, "aria-label": `Download the result of ${name}`,
        dataset: { testid: "download" },
    }, "Download");
    return [download, page];
}

function jobNote(job, isGone) {
    if (isGone) return "The job was deleted.";
    if (job.status === "processing" && !job.message) {
        const { completed, total } = job.progress;
        const left = Number.isFinite(job.eta_s) ? `, about ${duration(job.eta_s)} left` : "";
        return `${completed} of ${plural(total, "tile", "tiles")}${left}`;
    }
    if (job.status === "cancelled") {
        const { completed, total } = job.progress;
        return `Cancelled with ${completed} of ${plural(total, "tile", "tiles")} done.`;
    }
    if (job.status === "completed" && job.notes.length > 0) {
        return `${plural(job.notes.length, "note", "notes")} on the job’s page.`;
    }
    return asSentence(job.error ?? job.message);
}

/** The known facts: the size from the browser, the rest from the master. */
function facts({ head, file, job }) {
    if (!head) return [bytes(file.size)];
    const { width, height, pages, channels, depth, isTransparent } = { ...head, ...job?.size, ...job?.source };
    return [
        ...(width ? [size({ width, height }), megapixels({ width, height })] : []), bytes(file.size),
        formatTitle(head.format), (channels === 4 || isTransparent) && "transparency", depth === 16 && "16 bits",
        pages > 1 && plural(pages, "image", "images"),
    ].filter(Boolean);
}
