// The result's format and quality, and why a file cannot have them.

import { element, setText } from "../shared/dom.js";
import { count } from "../shared/format.js";
import { recall, keep } from "./browser-store.js";
import { formatTitle } from "./file-check.js";
import { OutputOptions, isFor } from "./output-options.js";

const storeName = "output";
/** The default quality; see the API's description. */
const usualQuality = { jpeg: "95", webp: "lossless", tiff: "95" };

/** Event: "change". */
export class OutputChoice extends EventTarget {
    #formats;
    #places;
    #options;
    /** The master's error about the quality, until it is changed. */
    #refusal = "";
    /** The default quality, as a word. */
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

    /** The chosen format; "" keeps each file's own. */
    get format() {
        return this.#places.format.value;
    }

    /** The chosen page of TIFF files. */
    get page() {
        return this.#options.page;
    }

    /**
     * Shows only fields that have a meaning for some result. @param {object[]} heads of the files that would be sent
     */
    follow(heads) {
        const pairs = heads.map((head) => ({ target: this.#target(head), source: head.format }));
        // Without files, the chosen format determines the fields.
        if (pairs.length === 0 && this.format) pairs.push({ target: this.#find(this.format), source: "" });
        const having = pairs.map(({ target }) => target).filter((target) => this.#hasQuality(target));
        this.#places.qualityField.hidden = having.length === 0;
        this.#places.options.hidden = pairs.length === 0;
        this.#options.follow(pairs);
        this.#show(new Set(having.map(({ name }) => name)));
    }

    /** JPEG compression inside a TIFF has a quality, too. */
    #hasQuality(target) {
        return isFor("quality", target, this.#options.compression);
    }

    /** The input error, as text, or "". */
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

    /** Shows the master's error about a field at that field. */
    refuse(field, message) {
        if (field !== "quality") return this.#options.refuse(field, message);
        this.#refusal = message;
        return this.#show();
    }

    /** Fields of a file's query. */
    query(head) {
        const { quality } = this.#places;
        const target = this.#target(head);
        return {
            ...(this.format ? { format: this.format } : {}),
            ...(this.#hasQuality(target) && quality.value !== "" ? { quality: quality.value } : {}),
            ...this.#options.query(target, head.format),
        };
    }

    /** The output of a file: {format, quality, compression}; the quality is `null` by default. */
    choiceFor(head) {
        const target = this.#target(head);
        const { quality } = this.#places;
        const isChosen = this.#hasQuality(target) && quality.value !== "" && !this.fault;
        return { format: target.name, quality: isChosen ? Number(quality.value) : null, compression: this.#options.compression };
    }

    /** Why a file cannot have the chosen format, as text, or "". */
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
        // Shows the default number if none was chosen.
        if (having.size > 0) this.#usual = usualOf(having);
        quality.placeholder = this.#usual;
        const isChosen = !isNothing(quality);
        setText(about, wrong || (isChosen ? "Clear it for the usual one." : `${sentenceOf(this.#usual)} unless you choose another.`));
        slider.parentElement.dataset.empty = !isChosen;
        slider.value = isChosen ? quality.value : Number(this.#usual) || slider.max;
        slider.setAttribute("aria-valuetext", isChosen ? quality.value : this.#usual);
    }
}

/** Whether the input is empty, and not just unreadable for the browser. */
const isNothing = (input) => input.value === "" && !input.validity.badInput;

/** The default quality of these formats; 95 if their defaults differ. */
function usualOf(having) {
    const all = [...new Set([...having].map((name) => usualQuality[name] ?? "95"))];
    return all.length === 1 ? all[0] : "95";
}

const sentenceOf = (usual) => (usual === "lossless" ? "Lossless" : usual);
