// The result's format and quality, and what stands against them for a file.

import { element, setText } from "../shared/dom.js";
import { count } from "../shared/format.js";
import { recall, keep } from "./browser-store.js";
import { formatTitle } from "./file-check.js";

const storeName = "output";
/** What the master does where no quality is sent; see the API description. */
const withoutQuality = { jpeg: "Empty means 95.", webp: "Empty means lossless." };

/** Event: "change". */
export class OutputChoice extends EventTarget {
    #formats;
    #places;

    /** @param {{format: HTMLSelectElement, qualityField, quality: HTMLInputElement, slider, about}} places */
    constructor(formats, places) {
        super();
        this.#formats = formats;
        this.#places = places;
        const { format, quality, slider } = places;
        format.append(...formats.map(({ name }) => element("option", { value: name }, formatTitle(name))));
        const kept = recall(storeName);
        if (formats.some(({ name }) => name === kept?.format)) format.value = kept.format;
        if (/^\d{1,3}$/.test(kept?.quality)) quality.value = kept.quality;
        format.addEventListener("change", () => this.#changed());
        quality.addEventListener("input", () => this.#changed());
        slider.addEventListener("input", () => {
            quality.value = slider.value;
            this.#changed();
        });
        this.#show();
    }

    /** "" is each file's own. */
    get format() {
        return this.#places.format.value;
    }

    /** Shows the quality only where a result has one. @param {object[]} heads of the files that would be sent */
    follow(heads) {
        const names = this.format ? [this.format] : heads.map((head) => head.format);
        const having = names.filter((name) => this.#find(name)?.has_quality);
        this.#places.qualityField.hidden = having.length === 0;
        this.#show(new Set(having));
    }

    /** What is wrong, in words, or "". */
    get fault() {
        const { quality, qualityField } = this.#places;
        if (qualityField.hidden || isNothing(quality)) return "";
        const number = Number(quality.value);
        const isUsable = quality.value !== "" && Number.isInteger(number) && number >= 1 && number <= 100;
        return isUsable ? "" : "The quality is a whole number from 1 to 100, or empty.";
    }

    /** Fields of the query for a file. */
    query(head) {
        const { quality } = this.#places;
        const target = this.#find(this.format || head.format);
        return {
            ...(this.format ? { format: this.format } : {}),
            ...(target?.has_quality && quality.value !== "" ? { quality: quality.value } : {}),
        };
    }

    /** Why a file cannot become that format, in words, or "". */
    obstacle(head) {
        const target = this.#find(this.format || head.format);
        if (!target) return "";
        const title = formatTitle(target.name);
        if (head.alpha && !target.holds_alpha) {
            const others = this.#formats.filter((format) => format.holds_alpha).map(({ name }) => formatTitle(name));
            return `It has transparency, which ${title} cannot hold. Choose another output: ${others.join(", ")}.`;
        }
        if (Math.max(head.width, head.height) > target.maximum_side) {
            return `A side of ${title} is at most ${count(target.maximum_side)} px. Choose another output.`;
        }
        return "";
    }

    #find(name) {
        return this.#formats.find((format) => format.name === name);
    }

    #changed() {
        const { format, quality } = this.#places;
        keep(storeName, { format: format.value, quality: quality.value });
        this.dispatchEvent(new Event("change"));
    }

    #show(having = new Set()) {
        const { quality, slider, about } = this.#places;
        const wrong = this.fault;
        quality.setAttribute("aria-invalid", wrong !== "");
        about.classList.toggle("wrong", wrong !== "");
        const known = [...having].map((name) => withoutQuality[name] ?? "Empty means the format's own.");
        setText(about, wrong || (having.size === 1 ? known[0] : "Empty means the format's own."));
        slider.parentElement.dataset.empty = quality.value === "";
        slider.value = quality.value === "" ? slider.max : quality.value;
    }
}

/** Empty, and not because the browser could not read what was typed. */
const isNothing = (input) => input.value === "" && !input.validity.badInput;
