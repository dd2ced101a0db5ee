// The preview: a part of the selected image, before and after the steps.

import { makeDivider } from "../shared/compare-divider.js";
import { byID, setText } from "../shared/dom.js";
import { bytes } from "../shared/format.js";
import { asSentence } from "../shared/sentence.js";
import { CropFrame, cropAround } from "./crop-frame.js";
import { askMaster, NoPreview, openSource, paint } from "./crop-source.js";
import { FittedSource } from "./fitted-source.js";
import { PreviewZoom } from "./preview-zoom.js";
import { estimateBytes } from "./result-estimate.js";

/** Milliseconds without a change before the master is asked. */
const rest = 120;
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

export class CropPreview {
    #tray;
    #pipeline;
    #places;
    #output;
    #frame;
    #zoom = new PreviewZoom((side) => this.#resize(side));
    #range = byID("preview-divider");
    #item = null;
    #picture = null;
    /** A promise of the selected file's source. */
    #source = null;
    /** The requests for the crop, and those for the steps. A new crop aborts both. */
    #cropRequests = new AbortController();
    #stepRequests = new AbortController();
    /** Whether the canvases show the current crop. */
    #hasBefore = false;
    #hasAfter = false;
    /** The source of the whole image, with its file. */
    #fitted = null;

    /** @param {{panel, name, stage, before, after, message, status, estimate, map, overview, frame}} places */
    constructor(tray, pipeline, output, places) {
        this.#tray = tray;
        this.#pipeline = pipeline;
        this.#output = output;
        this.#places = places;
        const { map, overview: canvas, frame } = places;
        this.#frame = new CropFrame({ map, canvas, frame }, () => this.#refresh(rest));
        tray.on("select", () => this.#open()).on("item", (item) => {
            // The file's small picture may have arrived.
            if (item === this.#item && item.picture !== this.#picture) this.#showOverview();
        });
        pipeline.addEventListener("change", () => this.#refreshAfter(rest));
        output.addEventListener("change", () => this.#estimate());
        makeDivider(places.stage, this.#range, (part) => places.stage.style.setProperty("--cut", `${part * 100}%`));
        this.#moveByDragging();
    }

    /** A drag beside the divider moves the shown part. */
    #moveByDragging() {
        const { stage } = this.#places;
        stage.addEventListener("pointerdown", (event) => {
            if (event.button === 0 && stage.dataset.moves === "true") stage.setPointerCapture(event.pointerId);
        });
        stage.addEventListener("pointermove", (event) => {
            if (!stage.hasPointerCapture(event.pointerId)) return;
            const scale = this.#item.crop.w / stage.clientWidth;
            this.#frame.moveBy(-event.movementX * scale, -event.movementY * scale);
        });
    }

    #resize(side) {
        const { stage, frame } = this.#places;
        stage.dataset.closer = this.#zoom.isCloser;
        stage.dataset.moves = !this.#zoom.isFitted;
        frame.hidden = this.#zoom.isFitted;
        if (!this.#item?.crop) return;
        if (this.#zoom.isFitted) this.#refresh(0);
        else this.#frame.resize(side);
    }

    #open() {
        this.#close();
        const item = this.#tray.selected;
        this.#item = item;
        this.#places.panel.hidden = !item;
        if (!item) return;
        setText(this.#places.name, item.file.name);
        this.#showOverview();
        this.#source = openSource(item, this.#tray.limits, this.#tray.page);
        this.#places.before.hidden = true;
        this.#say("loading", "Opening the image…");
        this.#refresh(0);
    }

    /** Shows the overview. An image of unknown size has none. */
    #showOverview() {
        const item = this.#item;
        this.#picture = item.picture;
        if (!item.head.width) return;
        item.crop ??= cropAround(item.head, this.#zoom.side);
        this.#places.stage.dataset.moves = !this.#zoom.isFitted;
        if (item.crop.w < Math.min(this.#zoom.side, item.head.width)) item.crop = cropAround(item.head, this.#zoom.side);
        this.#frame.show(item);
    }

    #close() {
        this.#cropRequests.abort();
        this.#stepRequests.abort();
        this.#hasBefore = this.#hasAfter = false;
        this.#source?.then((source) => source.close(), () => {});
        this.#source = null;
    }

    /**
     * Updates after a change of the file or crop. If the master has to cut the crop, it is asked when the frame rests.
     */
    async #refresh(wait) {
        const { before } = this.#places;
        const [sourceSoon, item] = [this.#source, this.#item];
        this.#cropRequests.abort();
        this.#stepRequests.abort();
        this.#cropRequests = new AbortController();
        const { signal } = this.#cropRequests;
        // The result that is shown belongs to another crop.
        this.#hasBefore = this.#hasAfter = false;
        if (!before.hidden) this.#say("loading", "");
        try {
            const source = await this.#shown(sourceSoon);
            const crop = source.size ?? item.crop;
            if (source.isRemote) await pause(wait);
            if (signal.aborted) return;
            const draw = await source.before(crop, signal);
            if (signal.aborted) return;
            paint(before, crop.w, crop.h, draw);
            this.#hasBefore = true;
            before.hidden = false;
            this.#refreshAfter(source.isRemote ? 0 : rest);
        } catch (error) {
            if (signal.aborted) return;
            // The canvas still shows the previous crop, so it is cleared.
            paint(before, before.width, before.height, () => {});
            this.#fail(error);
        }
    }

    /** The source of the preview: the file, or the small picture of the whole image. */
    async #shown(sourceSoon) {
        if (!this.#zoom.isFitted) return sourceSoon;
        await this.#item.look;
        if (this.#fitted?.item !== this.#item) this.#fitted = { item: this.#item, source: new FittedSource(this.#item.picture) };
        return this.#fitted.source;
    }

    #refreshAfter(wait) {
        // The image is not open yet, or cannot be shown, which the user was told already.
        if (!this.#hasBefore) return;
        this.#stepRequests.abort();
        this.#stepRequests = new AbortController();
        if (this.#pipeline.steps.length === 0) {
            this.#hasAfter = false;
            return this.#say("none", "Add a step to see what it does.");
        }
        if (this.#pipeline.fault) return this.#say("failed", this.#pipeline.fault);
        this.#say("loading", "");
        this.#ask(wait, this.#stepRequests.signal);
    }

    async #ask(wait, signal) {
        const { after } = this.#places;
        const [sourceSoon, item] = [this.#source, this.#item];
        try {
            await pause(wait);
            if (signal.aborted) return;
            const source = await this.#shown(sourceSoon);
            const crop = source.size ?? item.crop;
            const text = source.size ? this.#pipeline.textAt(source.size.w / item.head.width) : this.#pipeline.text;
            const body = await source.body(crop);
            const start = performance.now();
            const image = await askMaster(body, text, signal);
            if (signal.aborted) return image.close();
            paint(after, image.width, image.height, (pen) => pen.drawImage(image, 0, 0));
            image.close();
            this.#hasAfter = true;
            after.dataset.transforms = text;
            const took = Math.round(performance.now() - start);
            const what = source.size ? "The whole image, about as it will be: made from a smaller copy" : `${crop.w} × ${crop.h} px, made`;
            this.#say("ready", "", `${what} by the master in ${took} ms`);
            this.#estimate();
        } catch (error) {
            if (!signal.aborted) this.#fail(error);
        }
    }

    /** Estimates the size of the result from the shown part. A smaller copy would tell nothing about it. */
    async #estimate() {
        const { after, estimate } = this.#places;
        const item = this.#item;
        const isAble = item?.head?.width && this.#hasAfter && !this.#zoom.isFitted;
        const output = isAble ? this.#output.choiceFor(item.head) : null;
        const found = output ? await estimateBytes(after, output, item.head).catch(() => null) : null;
        if (item !== this.#item) return;
        setText(estimate, found ? `Its result will have about ${bytes(found)}.` : "");
    }

    #fail(error) {
        this.#hasAfter = false;
        const isKnown = error instanceof NoPreview || error.status !== undefined;
        const message = isKnown ? error.message : "No preview: something went wrong while it was made.";
        this.#say("failed", asSentence(message));
    }

    /** @param {"loading"|"ready"|"none"|"failed"} state */
    #say(state, message, status = "") {
        const { panel, stage, before, after, message: place, status: line } = this.#places;
        stage.dataset.state = state;
        stage.setAttribute("aria-busy", state === "loading");
        after.dataset.state = state;
        after.hidden = !this.#hasAfter || state === "none" || state === "failed";
        this.#range.hidden = after.hidden;
        // If an image cannot be shown, only the text remains.
        panel.dataset.empty = state === "failed" && before.hidden;
        stage.dataset.compares = !after.hidden;
        setText(place, message);
        place.hidden = !message;
        // The last line stays until the next result, to avoid flicker.
        if (state !== "loading" || !this.#hasAfter) setText(line, status);
    }
}
