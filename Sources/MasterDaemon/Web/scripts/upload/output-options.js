// The output's options. Each is shown for the formats that it applies to.

import { setText } from "../shared/dom.js";

/** The API's fields, in the order in which they are shown. */
const names = ["metadata", "background", "progressive", "subsampling", "compression", "tiled", "pyramid", "level", "page"];
/** A page belongs to a certain file, so it is not kept for others. */
const kept = names.filter((name) => name !== "page");

/** Whether an option applies. @param {object} target a format of the API @param compression "" is LZW */
export function isFor(name, target, compression, source) {
    if (name === "metadata") return true;
    if (name === "page") return source === "tiff";
    const compressions = target.options[name];
    return compressions !== undefined && (compressions.length === 0 || compressions.includes(compression || "lzw"));
}

/** Event: "change", with the option's name as detail. */
export class OutputOptions extends EventTarget {
    #panel;
    #count;
    #fields;
    /** The master's errors about options by name, until they are changed. */
    #refusals = new Map();

    /**
     * @param {HTMLDetailsElement} panel with an input or select for each name @param {Element} count @param {object}
     *     values
     */
    constructor(panel, count, values) {
        super();
        this.#panel = panel;
        this.#count = count;
        this.#fields = new Map(names.map((name) => [name, field(panel, name)]));
        for (const [name, { input }] of this.#fields) {
            const value = kept.includes(name) ? values?.[name] : undefined;
            if (input.type === "checkbox") input.checked = value === true;
            else if (typeof value === "string" && isOffered(input, value)) input.value = value;
            input.addEventListener("input", () => this.#changed(name));
        }
        const { input, picker } = this.#fields.get("background");
        picker.addEventListener("input", () => {
            input.value = picker.value.slice(1);
            this.#changed("background");
        });
    }

    /** The values that are kept for the next visit. */
    get plain() {
        return Object.fromEntries(kept.map((name) => [name, this.#set(name)]));
    }

    get compression() {
        return this.#set("compression");
    }

    get hasBackground() {
        return this.#set("background") !== "";
    }

    /** The page of TIFF files; `undefined` if none is chosen, or the number is not valid. */
    get page() {
        const text = this.#set("page");
        return text === "" || this.#faultOf("page") ? undefined : Number(text);
    }

    /** Shows the options that apply. @param {{target, source}[]} pairs of the files that would be sent */
    follow(pairs) {
        for (const [name, { place }] of this.#fields) {
            place.hidden = !pairs.some(({ target, source }) => isFor(name, target, this.compression, source));
        }
        this.#show();
    }

    /** The options that apply to a file, as fields of the query. */
    query(target, source) {
        const wanted = names.filter((name) => isFor(name, target, this.compression, source) && this.#set(name) !== "");
        return Object.fromEntries(wanted.map((name) => [name, String(this.#set(name))]));
    }

    /** The input error, as text, or "". */
    get fault() {
        return this.#shown.map(([name]) => this.#faultOf(name)).find(Boolean) ?? "";
    }

    /** Shows the master's error about an option. @returns {boolean} whether there is such an option */
    refuse(name, message) {
        if (!this.#fields.has(name)) return false;
        this.#refusals.set(name, message);
        this.#panel.open = true;
        this.#show();
        return true;
    }

    get #shown() {
        return [...this.#fields].filter(([, { place }]) => !place.hidden);
    }

    /** The value of an option, or "" for its default. */
    #set(name) {
        const { input } = this.#fields.get(name);
        return input.type === "checkbox" ? input.checked || "" : input.value.trim();
    }

    #faultOf(name) {
        const { input } = this.#fields.get(name);
        const text = this.#set(name);
        if (name === "background" && text !== "" && !/^#?[0-9a-f]{6}$/i.test(text)) {
            return "The background is six hexadecimal digits, as in ffcc00, or empty.";
        }
        if (input.type !== "number" || (text === "" && !input.validity.badInput)) return "";
        const [least, most] = [Number(input.min), Number(input.max)];
        const isUsable = /^\d+$/.test(text) && Number(text) >= least && Number(text) <= most;
        return isUsable ? "" : `The ${name} is a whole number from ${least} to ${most}, or empty.`;
    }

    #changed(name) {
        this.#refusals.delete(name);
        // The master's error about the level may depend on the compression.
        if (name === "compression") this.#refusals.delete("level");
        this.#show();
        this.dispatchEvent(new CustomEvent("change", { detail: name }));
    }

    #show() {
        for (const [name, { input, about, words }] of this.#fields) {
            const wrong = this.#faultOf(name) || this.#refusals.get(name) || "";
            input.setAttribute("aria-invalid", wrong !== "");
            about.classList.toggle("wrong", wrong !== "");
            setText(about, wrong || words);
        }
        const { input, picker } = this.#fields.get("background");
        const isColor = input.value !== "" && this.#faultOf("background") === "";
        picker.parentElement.dataset.empty = !isColor;
        if (isColor) picker.value = `#${input.value.trim().replace("#", "").toLowerCase()}`;
        const number = this.#shown.filter(([name]) => this.#set(name) !== "").length;
        setText(this.#count, number > 0 ? `${number} set` : "");
    }
}

function field(panel, name) {
    const place = panel.querySelector(`[data-option="${name}"]`);
    const about = place.querySelector(".option-about");
    return {
        place, about, words: about.textContent, input: place.querySelector(`[name="${name}"]`),
        picker: place.querySelector("input[type=color]"),
    };
}

const isOffered = (input, value) =>
    input.tagName !== "SELECT" || [...input.options].some((option) => option.value === value);
