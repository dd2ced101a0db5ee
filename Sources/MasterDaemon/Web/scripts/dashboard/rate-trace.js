// The curve of the last minute with its scale, and the value at the pointer.

import { element, setText } from "../shared/dom.js";
import { figure } from "../shared/format.js";
import { mostPoints, secondsEach, SparkLine } from "./spark-line.js";

export class RateTrace {
    #line = new SparkLine();
    #top = element("span.trace-top.small.figures", { "aria-hidden": "true" });
    #value = element("span.trace-value.small.figures", { hidden: true, "aria-hidden": "true" });
    #mark = element("span.trace-mark", { hidden: true, "aria-hidden": "true" });
    #history = [];
    #pointed = null;

    constructor() {
        this.root = element("div.trace", {}, this.#line.root, this.#top, this.#mark, this.#value);
        this.root.addEventListener("pointermove", (event) => {
            const { left, width } = this.root.getBoundingClientRect();
            this.#pointed = Math.min(1, Math.max(0, (event.clientX - left) / width));
            this.#showValue();
        });
        this.root.addEventListener("pointerleave", () => {
            this.#pointed = null;
            this.#showValue();
        });
    }

    /**
     * @param {number[]} history oldest first
     * @param {number} top the value of the upper edge
     */
    show(history, top) {
        this.#history = history.slice(-mostPoints);
        this.#line.show(history, top);
        setText(this.#top, history.length > 1 ? `${figure(top)}/s` : "");
        this.#showValue();
    }

    #showValue() {
        const last = mostPoints - 1;
        const index = this.#pointed === null ? null : Math.round(this.#pointed * last) - (mostPoints - this.#history.length);
        const isThere = index !== null && index >= 0 && index < this.#history.length;
        this.#mark.hidden = this.#value.hidden = !isThere;
        if (!isThere) return;
        const ago = (this.#history.length - 1 - index) * secondsEach;
        setText(this.#value, `${figure(this.#history[index])}/s, ${ago === 0 ? "now" : `${ago} s ago`}`);
        const part = (index + mostPoints - this.#history.length) / last;
        this.#mark.style.left = `${part * 100}%`;
        // The text stays inside the curve: on that side of the mark that has more space.
        this.#value.style.left = part < 0.5 ? `${part * 100}%` : "auto";
        this.#value.style.right = part < 0.5 ? "auto" : `${(1 - part) * 100}%`;
    }
}
