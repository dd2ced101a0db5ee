// The whole image for the preview, from its small picture. The steps' lengths in pixels are scaled down with it, so the
// result is nearly that of the full image.

import { NoPreview, paint } from "./crop-source.js";

export class FittedSource {
    isRemote = false;
    #picture;
    #body = null;

    /** @param {ImageBitmap} picture */
    constructor(picture) {
        if (!picture) throw new NoPreview("small");
        this.#picture = picture;
    }

    get size() {
        return { w: this.#picture.width, h: this.#picture.height };
    }

    before() {
        return (pen) => pen.drawImage(this.#picture, 0, 0);
    }

    body() {
        this.#body ??= this.#encode();
        return this.#body;
    }

    async #encode() {
        const { w, h } = this.size;
        const canvas = document.createElement("canvas");
        paint(canvas, w, h, (pen) => pen.drawImage(this.#picture, 0, 0));
        const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
        if (!blob) throw new NoPreview("memory");
        return { blob, region: { x: 0, y: 0, w, h } };
    }
}
