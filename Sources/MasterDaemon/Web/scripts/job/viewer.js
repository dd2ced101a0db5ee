// The viewer of a completed job: source and result at the same place and scale, in full resolution, loaded in tiles.

import { makeDivider } from "../shared/compare-divider.js";
import { byID, setText } from "../shared/dom.js";
import { colorValue } from "../shared/worker-colors.js";
import { makeFullWindow } from "./full-window.js";
import { fetchRegion } from "./region.js";
import { regionOf } from "./pyramid.js";
import { TileStore } from "./tile-store.js";
import { listen } from "./viewer-input.js";
import { paintSide, wantedTiles } from "./viewer-paint.js";
import { Viewport } from "./viewport.js";

/** One bitmap takes about 1 MB. */
const mostBitmaps = 192;

export class Viewer {
    #job;
    #viewer = byID("viewer");
    #glass = byID("viewer-glass");
    #canvas = byID("viewer-canvas");
    #viewport;
    #store;
    #divider = 0.5;
    /** Whether the viewer's size is known. Nothing can be painted before. */
    #isSized = false;
    #isAsked = false;

    /** @param job a completed job */
    constructor(job) {
        this.#job = job;
        this.#viewport = new Viewport(job.size);
        this.#store = new TileStore((tile, signal) => this.#fetch(tile, signal), mostBitmaps, () => this.#paintSoon());
        this.#glass.classList.toggle("chequer", job.source.channels === 4);
        this.#viewer.style.setProperty("--shape", job.size.width / job.size.height);
        makeDivider(this.#glass, byID("divider"), (part) => {
            this.#divider = part;
            this.#paintSoon();
        });
        makeFullWindow(this.#viewer);
        this.#listen();
        matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#paintSoon());
        new ResizeObserver(() => this.#resize()).observe(this.#glass);
    }

    async #fetch(tile, signal) {
        const { max, ...part } = regionOf(tile, this.#job.size);
        // At 100 % pixels have to be exact, so PNG is used. Otherwise the master chooses a format that keeps
        // transparency.
        const format = tile.level === 0 ? "png" : undefined;
        return (await fetchRegion(this.#job, tile.picture, { part, max, format, signal })).bitmap;
    }

    #listen() {
        const viewport = this.#viewport;
        const then = (act) => (...values) => {
            act(...values);
            this.#paintSoon();
        };
        const actions = {
            moveBy: then((x, y) => viewport.moveBy(x, y)),
            zoomBy: then((factor, x, y) => viewport.zoomBy(factor, x, y)),
            zoomStep: then((direction) => viewport.zoomStep(direction)),
            fit: then(() => viewport.fit()),
            full: then(() => viewport.zoomTo(1)),
            isWhole: () => viewport.isWhole,
        };
        listen(this.#glass, actions);
        for (const [id, act] of Object.entries({
            "zoom-in": () => actions.zoomStep(1),
            "zoom-out": () => actions.zoomStep(-1),
            "zoom-fit": actions.fit,
            "zoom-full": actions.full,
        })) byID(id).addEventListener("click", act);
    }

    #resize() {
        const { clientWidth, clientHeight } = this.#glass;
        if (clientWidth === 0 || clientHeight === 0) return;
        const width = Math.round(clientWidth * devicePixelRatio);
        const height = Math.round(clientHeight * devicePixelRatio);
        this.#canvas.width = width;
        this.#canvas.height = height;
        // The size in device pixels must be exact, or 100 % would be blurred at fractional ratios.
        this.#canvas.style.width = `${width / devicePixelRatio}px`;
        this.#canvas.style.height = `${height / devicePixelRatio}px`;
        this.#viewport.resize(width, height);
        this.#isSized = true;
        this.#paint();
    }

    #paintSoon() {
        if (this.#isAsked || !this.#isSized) return;
        this.#isAsked = true;
        requestAnimationFrame(() => this.#paint());
    }

    #paint() {
        this.#isAsked = false;
        const { width, height } = this.#canvas;
        if (this.#glass.clientWidth === 0) return;
        const cut = Math.round(this.#divider * width);
        this.#store.want(wantedTiles(this.#viewport, this.#job.size, cut));
        const context = this.#canvas.getContext("2d");
        this.#clear(context, width, height);
        const all = { viewport: this.#viewport, image: this.#job.size, store: this.#store };
        const seen = [
            paintSide(context, { ...all, picture: "source", from: 0, to: cut }),
            paintSide(context, { ...all, picture: "result", from: cut, to: width }),
        ];
        this.#showZoom();
        this.#showNote(seen.every(Boolean));
    }

    /** The surroundings of the image are plain. The chequer pattern shows only behind the image. */
    #clear(context, width, height) {
        const { left, top, wide, high } = this.#viewport.place({ x: 0, y: 0, w: this.#job.size.width, h: this.#job.size.height });
        context.fillStyle = colorValue("--sunken");
        context.fillRect(0, 0, width, height);
        context.clearRect(left, top, wide, high);
    }

    #showZoom() {
        const { scale, isWhole } = this.#viewport;
        const percent = scale >= 0.1 ? Math.round(scale * 100) : Math.round(scale * 1000) / 10;
        this.#viewer.dataset.zoom = Number(scale.toFixed(4));
        this.#glass.dataset.whole = isWhole;
        setText(byID("zoom-now"), `${percent} %`);
        byID("zoom-out").disabled = isWhole;
        byID("zoom-in").disabled = scale >= 16;
    }

    /** Explains why a picture is missing, or not complete yet. */
    #showNote(isSeen) {
        const note = byID("viewer-note");
        const text = this.#store.problem ?? (isSeen ? "" : "Preparing the pictures…");
        note.hidden = text === "";
        setText(note, text);
    }
}
