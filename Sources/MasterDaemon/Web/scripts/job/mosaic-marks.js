// The canvas over the mosaic: the grid, tiles in flight, failed tiles, and the inspected tile.

import { colorValue } from "../shared/worker-colors.js";

const framePause = 80;
const stillness = matchMedia("(prefers-reduced-motion: reduce)");

export class MosaicMarks {
    #canvas;
    #grid = null;
    #size = null;
    #inspected = null;
    #timer = 0;

    constructor(canvas) {
        this.#canvas = canvas;
    }

    show(grid, size) {
        this.#grid = grid;
        this.#size = size;
        this.#soon(0);
    }

    /** @param position the tile under the pointer or chosen by keys, or null */
    inspect(position, isFocus) {
        this.#inspected = position === null ? null : { position, isFocus };
        this.#soon(0);
    }

    #soon(pause) {
        if (this.#timer && pause > 0) return;
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => requestAnimationFrame(() => this.#frame()), pause);
    }

    #frame() {
        this.#timer = 0;
        const { clientWidth, clientHeight } = this.#canvas;
        if (clientWidth === 0 || !this.#grid) return;
        const ratio = Math.min(devicePixelRatio, 2);
        const width = Math.round(clientWidth * ratio);
        const height = Math.round(clientHeight * ratio);
        if (this.#canvas.width !== width || this.#canvas.height !== height) Object.assign(this.#canvas, { width, height });
        const context = this.#canvas.getContext("2d");
        context.clearRect(0, 0, width, height);
        this.#drawGrid(context, width, height, ratio);
        const onTheirWay = this.#grid.positions("p");
        this.#drawOnTheirWay(context, onTheirWay, ratio);
        this.#drawFailed(context, ratio);
        this.#drawInspected(context, ratio);
        if (onTheirWay.length > 0 && !stillness.matches && !document.hidden) this.#soon(framePause);
    }

    #box(position) {
        const { columns, tileSize } = this.#grid;
        const across = this.#canvas.width / this.#size.width;
        const down = this.#canvas.height / this.#size.height;
        const column = position % columns;
        const row = Math.floor(position / columns);
        const left = Math.round(column * tileSize * across);
        const top = Math.round(row * tileSize * down);
        const right = Math.round(Math.min(this.#size.width, (column + 1) * tileSize) * across);
        const bottom = Math.round(Math.min(this.#size.height, (row + 1) * tileSize) * down);
        return [left, top, right - left, bottom - top];
    }

    #drawGrid(context, width, height, ratio) {
        const side = (this.#grid.tileSize * width) / this.#size.width;
        // Closer lines would cover the picture with gray.
        if (side < 10 * ratio) return;
        const down = (this.#grid.tileSize * height) / this.#size.height;
        context.fillStyle = "rgb(128 128 128 / 28%)";
        for (let column = 1; column < this.#grid.columns; column += 1) context.fillRect(Math.round(column * side), 0, 1, height);
        for (let row = 1; row < this.#grid.rows; row += 1) context.fillRect(0, Math.round(row * down), width, 1);
    }

    #drawOnTheirWay(context, positions, ratio) {
        if (positions.length === 0) return;
        const accent = colorValue("--accent");
        const wave = stillness.matches ? 0.5 : (1 + Math.sin(performance.now() / 260)) / 2;
        for (const position of positions) {
            const [left, top, wide, high] = this.#box(position);
            context.globalAlpha = 0.1 + 0.16 * wave;
            context.fillStyle = accent;
            context.fillRect(left, top, wide, high);
            context.globalAlpha = 0.55 + 0.35 * wave;
            frame(context, [left, top, wide, high], accent, 1.5 * ratio);
        }
        context.globalAlpha = 1;
    }

    #drawFailed(context, ratio) {
        const bad = colorValue("--bad");
        for (const position of this.#grid.positions("f")) {
            const [left, top, wide, high] = this.#box(position);
            context.globalAlpha = 0.3;
            context.fillStyle = bad;
            context.fillRect(left, top, wide, high);
            context.globalAlpha = 1;
            frame(context, [left, top, wide, high], bad, 2 * ratio);
            // A cross, because colour alone is not enough.
            const inset = Math.min(wide, high) * 0.3;
            context.beginPath();
            context.moveTo(left + inset, top + inset);
            context.lineTo(left + wide - inset, top + high - inset);
            context.moveTo(left + wide - inset, top + inset);
            context.lineTo(left + inset, top + high - inset);
            context.stroke();
        }
    }

    #drawInspected(context, ratio) {
        if (!this.#inspected) return;
        const box = this.#box(this.#inspected.position);
        // Dark inside light is visible on any picture.
        frame(context, box, "rgb(255 255 255 / 95%)", (this.#inspected.isFocus ? 5 : 3.5) * ratio);
        frame(context, box, "rgb(20 24 34 / 95%)", 1.5 * ratio);
    }
}

/** Draws a frame inside a box. */
function frame(context, [left, top, wide, high], color, width) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.strokeRect(left + width / 2, top + width / 2, Math.max(0, wide - width), Math.max(0, high - width));
}
