// The zoom of the preview: a part at one of several scales, or the whole image from a small copy.

import { byID, setText } from "../shared/dom.js";

/** Pixels per side of the shown part, from far to near. The stage has 512. */
const sides = [1024, 512, 256, 128];
/** The index of the side that is shown at 100 %. */
const full = 1;

export class PreviewZoom {
    #index = full;
    #isFitted = false;
    #changed;

    /** @param {(side: number) => void} changed called with the side of the part to show */
    constructor(changed) {
        this.#changed = changed;
        byID("preview-in").addEventListener("click", () => this.#go(this.#isFitted ? 0 : this.#index + 1));
        byID("preview-out").addEventListener("click", () => (this.#index === 0 ? this.#fit() : this.#go(this.#index - 1)));
        byID("preview-full").addEventListener("click", () => this.#go(full));
        byID("preview-fit").addEventListener("click", () => (this.#isFitted ? this.#go(full) : this.#fit()));
        this.#show();
    }

    /** Whether the whole image is shown. */
    get isFitted() {
        return this.#isFitted;
    }

    get side() {
        return sides[this.#index];
    }

    /** Whether pixels are shown enlarged. */
    get isCloser() {
        return !this.#isFitted && this.side < sides[full];
    }

    #go(index) {
        if (index < 0 || index >= sides.length) return;
        this.#isFitted = false;
        this.#index = index;
        this.#show();
        this.#changed(this.side);
    }

    #fit() {
        if (this.#isFitted) return;
        this.#isFitted = true;
        this.#index = 0;
        this.#show();
        this.#changed(this.side);
    }

    #show() {
        setText(byID("preview-scale"), this.#isFitted ? "Whole" : `${(sides[full] / this.side) * 100} %`);
        byID("preview-fit").setAttribute("aria-pressed", this.#isFitted);
        byID("preview-in").disabled = !this.#isFitted && this.#index === sides.length - 1;
        byID("preview-out").disabled = this.#isFitted;
    }
}
