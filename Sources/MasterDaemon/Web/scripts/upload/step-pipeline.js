// The chosen steps, in order. The browser keeps them across reloads.

import { keep, recall } from "./browser-store.js";
import { fault } from "./step-catalogue.js";

/** The limit of steps if the master does not give one. */
const usualMost = 32;
const storeName = "pipeline";

/** Events: "steps" when steps were added, removed or moved; "change" after that, and after a value has changed. */
export class Pipeline extends EventTarget {
    steps = [];
    #catalogue;
    #count = 0;

    constructor(catalogue, most = usualMost) {
        super();
        this.most = most;
        this.#catalogue = catalogue;
    }

    /** Restores the last visit's steps. @returns {string[]} names of steps that do not exist any more */
    restore() {
        return this.load(recall(storeName));
    }

    /** @returns {string[]} names of steps that do not exist any more */
    load(kept) {
        const { steps, unknown } = this.#catalogue.adopt(kept);
        this.steps = steps.slice(0, this.most).map((step) => this.#numbered(step));
        this.#stepsChanged();
        return unknown;
    }

    get isFull() {
        return this.steps.length >= this.most;
    }

    add(name) {
        if (this.isFull) return null;
        const step = this.#numbered(this.#catalogue.step(name));
        this.steps.push(step);
        this.#stepsChanged();
        return step;
    }

    remove(step) {
        this.steps = this.steps.filter((other) => other !== step);
        this.#stepsChanged();
    }

    clear() {
        this.steps = [];
        this.#stepsChanged();
    }

    /** @returns {boolean} whether it could move there */
    move(step, place) {
        const from = this.steps.indexOf(step);
        if (from < 0 || place < 0 || place >= this.steps.length || place === from) return false;
        this.steps.splice(from, 1);
        this.steps.splice(place, 0, step);
        this.#stepsChanged();
        return true;
    }

    set(step, parameter, text) {
        if (step.values[parameter] === text) return;
        step.values[parameter] = text;
        this.#changed();
    }

    /** The first error, as text; "" if all steps are valid. */
    get fault() {
        for (const [index, step] of this.steps.entries()) {
            const { title, parameters } = this.#catalogue.find(step.name);
            const wrong = parameters.find((parameter) => fault(parameter, step.values[parameter.name]));
            if (wrong) return `Step ${index + 1}, ${title}: ${wrong.title} has a value that cannot be used.`;
        }
        return "";
    }

    /** The API's text form, "name,name:key=value". The master's default values are omitted. */
    get text() {
        return this.#textOf((step, { name }) => Number(step.values[name]));
    }

    /** The text form for a copy of the image that is scaled by this factor. Lengths in pixels are scaled, too. */
    textAt(scale) {
        return this.#textOf((step, parameter) => scaled(Number(step.values[parameter.name]), parameter, scale));
    }

    #textOf(value) {
        return this.steps
            .map((step) => {
                const chosen = this.#catalogue
                    .find(step.name)
                    .parameters.map((each) => ({ each, number: value(step, each) }))
                    .filter(({ each, number }) => number !== each.default)
                    .map(({ each, number }) => `:${each.name}=${number}`);
                return step.name + chosen.join("");
            })
            .join(",");
    }

    /** The data that is stored, and that presets contain. */
    get plain() {
        return this.steps.map(({ name, values }) => ({ name, values: { ...values } }));
    }

    #numbered(step) {
        return { ...step, number: (this.#count += 1) };
    }

    #stepsChanged() {
        this.dispatchEvent(new Event("steps"));
        this.#changed();
    }

    #changed() {
        keep(storeName, this.plain);
        this.dispatchEvent(new Event("change"));
    }
}

/** Odd numbers and sigmas are lengths in pixels. A sigma of 0 is derived from the width. */
function scaled(number, { type, name, minimum, maximum }, scale) {
    const within = (one) => Math.min(maximum, Math.max(minimum, one));
    if (type === "odd") return within(2 * Math.round((number * scale - 1) / 2) + 1);
    return name === "sigma" ? within(Number((number * scale).toFixed(2))) : number;
}
