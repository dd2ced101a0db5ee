// The result's format and quality, and what stands against them for a file.

import { element, setText } from "../shared/dom.js";
import { count } from "../shared/format.js";
import { recall, keep } from "./browser-store.js";
import { formatTitle } from "./file-check.js";
import { OutputOptions, isFor } from "./output-options.js";

const storeName = "output";
/** What applies where no quality is sent; see the API description. */
const usualQuality = { jpeg: "95", webp: "lossless", tiff: "95" };

/** Event: "change". */
export class OutputChoice extends EventTarget {
    #formats;
    #places;
    #options;
    /** What the master said of the quality, until it is changed. */
    #refusal = "";
    /** The quality that applies where none is chosen, as a word. */
    #usual = "95";

    /** @param {{format: HTMLSelectElement, qualityField, quality: HTMLInputElement, slider, about, options, set}} places */
    constructor(formats, places) {
        super();
        this.#formats = formats;
        this.#places = places;
        const { format, quality, slider } = places;
        format.append(...formats.map(({ name }) => element("option", { value: name }, formatTitle(name))));
        const kept = recall(storeName);
        if (formats.some(({ name }) => name === kept?.format)) format.value = kept.format;
        if (/^\d{1,3}$/.test(kept?.quality)) quality.value = kept.quality;
        this.#options = new OutputOptions(places.options, places.set, kept?.options);
        this.#options.addEventListener("change", () => this.#changed());
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

    /** The page of TIFF files that is meant. */
    get page() {
        return this.#options.page;
    }

    /** Shows only what means something to a result. @param {object[]} heads of the files that would be sent */
    follow(heads) {
        const pairs = heads.map((head) => ({ target: this.#target(head), source: head.format }));
        // Without a file, the chosen format says what there is.
        if (pairs.length === 0 && this.format) pairs.push({ target: this.#find(this.format), source: "" });
        const having = pairs.map(({ target }) => target).filter((target) => this.#hasQuality(target));
        this.#places.qualityField.hidden = having.length === 0;
        this.#places.options.hidden = pairs.length === 0;
        this.#options.follow(pairs);
        this.#show(new Set(having.map(({ name }) => name)));
    }

    /** A JPEG inside a TIFF has one, too. */
    #hasQuality(target) {
        return isFor("quality", target, this.#options.compression);
    }

    /** What is wrong, in words, or "". */
    get fault() {
        return this.#qualityFault || this.#options.fault;
    }

    get #qualityFault() {
        const { quality, qualityField } = this.#places;
        if (qualityField.hidden || isNothing(quality)) return "";
        const number = Number(quality.value);
        const isUsable = quality.value !== "" && Number.isInteger(number) && number >= 1 && number <= 100;
        return isUsable ? "" : "The quality is a whole number from 1 to 100, or empty.";
    }

    /** Shows what the master said of a field, at that field. */
    refuse(field, message) {
        if (field !== "quality") return this.#options.refuse(field, message);
        this.#refusal = message;
        return this.#show();
    }

    /** Fields of the query for a file. */
    query(head) {
        const { quality } = this.#places;
        const target = this.#target(head);
        return {
            ...(this.format ? { format: this.format } : {}),
            ...(this.#hasQuality(target) && quality.value !== "" ? { quality: quality.value } : {}),
            ...this.#options.query(target, head.format),
        };
    }

    /** What a file will be written as: {format, quality, compression}; the quality is `null` where none was chosen. */
    choiceFor(head) {
        const target = this.#target(head);
        const { quality } = this.#places;
        const isChosen = this.#hasQuality(target) && quality.value !== "" && !this.fault;
        return { format: target.name, quality: isChosen ? Number(quality.value) : null, compression: this.#options.compression };
    }

    /** Why a file cannot become that format, in words, or "". */
    obstacle(head) {
        const { name, maximum_side: most, holds_alpha: holdsAlpha } = this.#target(head);
        if (head.isTransparent && !holdsAlpha && !this.#options.hasBackground) {
            return `It is transparent, and ${formatTitle(name)} is not. Set a background in the output options, or choose `
                + "another output.";
        }
        if (Math.max(head.width ?? 0, head.height ?? 0) <= most) return "";
        return `A side of ${formatTitle(name)} is at most ${count(most)} px. Choose another output.`;
    }

    #target(head) {
        return this.#find(this.format || head.format);
    }

    #find(name) {
        return this.#formats.find((format) => format.name === name);
    }

    #changed() {
        const { format, quality } = this.#places;
        this.#refusal = "";
        keep(storeName, { format: format.value, quality: quality.value, options: this.#options.plain });
        this.dispatchEvent(new Event("change"));
    }

    #show(having = new Set()) {
        const { quality, slider, about } = this.#places;
        const wrong = this.#qualityFault || this.#refusal;
        quality.setAttribute("aria-invalid", wrong !== "");
        about.classList.toggle("wrong", wrong !== "");
        // The number that applies is seen, also where none was chosen.
        if (having.size > 0) this.#usual = usualOf(having);
        quality.placeholder = this.#usual;
        const isChosen = !isNothing(quality);
        setText(about, wrong || (isChosen ? "Clear it for the usual one." : `${sentenceOf(this.#usual)} unless you choose another.`));
        slider.parentElement.dataset.empty = !isChosen;
        slider.value = isChosen ? quality.value : Number(this.#usual) || slider.max;
        slider.setAttribute("aria-valuetext", isChosen ? quality.value : this.#usual);
    }
}

/** Empty, and not because the browser could not read what was typed. */
const isNothing = (input) => input.value === "" && !input.validity.badInput;

/** Of several formats, what applies to most results that have a number. */
function usualOf(having) {
    const all = [...new Set([...having].map((name) => usualQuality[name] ?? "95"))];
    return all.length === 1 ? all[0] : "95";
}

const sentenceOf = (usual) => (usual === "lossless" ? "Lossless" : usual);
