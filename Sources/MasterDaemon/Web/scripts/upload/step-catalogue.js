// The master's transforms and their parameters. No transform is known here by name.

import { count } from "../shared/format.js";

export class Catalogue {
    /** @param {{name, title, summary, parameters: object[]}[]} transforms from the API */
    constructor(transforms) {
        this.transforms = transforms;
    }

    find(name) {
        return this.transforms.find((transform) => transform.name === name);
    }

    /** A step with the master's default values. */
    step(name) {
        const { parameters } = this.find(name);
        return { name, values: Object.fromEntries(parameters.map((each) => [each.name, String(each.default)])) };
    }

    /**
     * Steps from stored or foreign text. Anything that is not a known step is omitted.
     * @returns {{steps: object[], unknown: string[]}}
     */
    adopt(kept) {
        const unknown = [];
        const steps = [];
        const named = Array.isArray(kept) ? kept.filter((each) => typeof each?.name === "string") : [];
        for (const { name, values } of named) {
            if (!this.find(name)) {
                unknown.push(name);
                continue;
            }
            const step = this.step(name);
            for (const parameter of Object.keys(step.values)) {
                const value = values?.[parameter];
                if (["string", "number"].includes(typeof value)) step.values[parameter] = String(value).slice(0, 40);
            }
            steps.push(step);
        }
        return { steps, unknown };
    }
}

/** What is wrong with a value, as text; "" if it is valid. */
export function fault(parameter, text) {
    const { type, minimum, maximum } = parameter;
    const number = Number(text);
    if (text.trim() === "" || !Number.isFinite(number)) return `Enter ${kind(type)} from ${range(minimum, maximum)}.`;
    const isOut = number < minimum || number > maximum;
    const isBroken = type !== "number" && !Number.isInteger(number);
    const isEven = type === "odd" && number % 2 === 0;
    return isOut || isBroken || isEven ? `Use ${kind(type)} from ${range(minimum, maximum)}.` : "";
}

const kind = (type) => ({ odd: "an odd number", integer: "a whole number" })[type] ?? "a number";
const range = (minimum, maximum) => `${signed(minimum)} to ${signed(maximum)}`;
const signed = (number) => (Number.isInteger(number) ? count(number) : String(number)).replace("-", "−");

/** The range and increment of a parameter's slider. */
export function slider({ type, minimum, maximum }) {
    if (type === "odd") {
        const first = Math.ceil(minimum);
        return { min: first % 2 === 0 ? first + 1 : first, max: maximum, step: 2 };
    }
    // About a hundred positions, in increments of 1, 0.1, 0.01 and so on; at most 1 for ranges up to a thousand.
    const rough = 10 ** Math.floor(Math.log10((maximum - minimum) / 100 || 1));
    const step = maximum - minimum <= 1000 ? Math.min(rough, 1) : rough;
    return { min: minimum, max: maximum, step: type === "integer" ? Math.max(1, step) : step };
}
