// The picture that the mosaic dims and tints: the source, with finished tiles over it.

import { rectangles } from "./tile-runs.js";

/** The longest side of the mosaic in device pixels. */
const mostPixels = 1600;

export class MosaicPicture {
    #size;
    #scale = 0;
    canvas = document.createElement("canvas");

    /** Sets the resolution for a wanted width. Returns whether it changed. */
    resize(size, wantedWidth) {
        this.#size = size;
        const longest = Math.max(size.width, size.height);
        const scale = Math.min(1, mostPixels / longest, Math.max(wantedWidth, 240) / size.width);
        // A smaller width keeps the detail that is there. A slightly larger one is not worth fetching everything again.
        if (this.#scale > 0 && scale < this.#scale * 1.25) return false;
        this.#scale = scale;
        this.canvas.width = Math.max(1, Math.round(size.width * scale));
        this.canvas.height = Math.max(1, Math.round(size.height * scale));
        return true;
    }

    get longest() {
        return Math.max(this.canvas.width, this.canvas.height);
    }

    /** The longest side, in canvas pixels, of a part of the image. */
    sideOf({ w, h }) {
        return Math.max(1, Math.min(2048, Math.ceil(Math.max(w, h) * this.#scale)));
    }

    /** The canvas rectangle of a part of the image. Edges are whole pixels, so that neighbours have no seam. */
    #place({ x, y, w, h }) {
        const { width, height } = this.canvas;
        const left = Math.round((x / this.#size.width) * width);
        const top = Math.round((y / this.#size.height) * height);
        const right = Math.round(((x + w) / this.#size.width) * width);
        const bottom = Math.round(((y + h) / this.#size.height) * height);
        return { left, top, wide: right - left, high: bottom - top };
    }

    /** The canvas rectangle of a rectangle of tiles. */
    placeOf({ column, row, columns, rows }, { tileSize }) {
        const { width, height } = this.#size;
        const x = Math.min(width, column * tileSize);
        const y = Math.min(height, row * tileSize);
        return this.#place({
            x, y, w: Math.min(width, (column + columns) * tileSize) - x, h: Math.min(height, (row + rows) * tileSize) - y,
        });
    }

    /** Draws a fetched part of the image. */
    drawPart(bitmap, part) {
        const context = this.canvas.getContext("2d");
        const { left, top, wide, high } = this.#place(part);
        // Cleared first, because a transparent picture must not show the previous one.
        context.clearRect(left, top, wide, high);
        context.drawImage(bitmap, left, top, wide, high);
    }

    /** Draws the whole source under the tiles that are not drawn yet. */
    drawUnder(bitmap, grid, drawn) {
        const context = this.canvas.getContext("2d");
        const open = [];
        for (let position = 0; position < grid.total; position += 1) if (!drawn.has(position)) open.push(position);
        context.save();
        context.beginPath();
        for (const part of rectangles(open, grid.columns)) {
            const { left, top, wide, high } = this.placeOf(part, grid);
            context.rect(left, top, wide, high);
        }
        context.clip();
        context.clearRect(0, 0, this.canvas.width, this.canvas.height);
        context.drawImage(bitmap, 0, 0, this.canvas.width, this.canvas.height);
        context.restore();
    }
}
