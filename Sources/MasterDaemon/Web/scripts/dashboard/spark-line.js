// A small curve of the last minute, drawn in an SVG that stretches to its container.

import { figure } from "../shared/format.js";

const namespace = "http://www.w3.org/2000/svg";
/** The largest number of points of a curve. Each is the mean of `secondsEach` seconds. */
export const mostPoints = 30;
export const secondsEach = 2;
const height = 28;
const width = mostPoints - 1;

function shape(kind, name) {
    const made = document.createElementNS(namespace, kind);
    made.setAttribute("class", name);
    return made;
}

export class SparkLine {
    #area = shape("path", "spark-area");
    #line = shape("path", "spark-line");
    #drawn = "";

    constructor() {
        this.root = shape("svg", "spark");
        this.root.setAttribute("viewBox", `0 0 ${width} ${height}`);
        this.root.setAttribute("preserveAspectRatio", "none");
        this.root.setAttribute("role", "img");
        this.root.append(this.#area, this.#line);
    }

    /**
     * @param {number[]} history oldest first
     * @param {number} top the value of the upper edge, the same for curves that are to be compared
     */
    show(history, top) {
        const numbers = history.slice(-mostPoints);
        const first = mostPoints - numbers.length;
        const points = numbers.map((number, index) => {
            const y = height - 1.5 - (top > 0 ? number / top : 0) * (height - 4);
            return `${first + index} ${y.toFixed(1)}`;
        });
        const line = points.length > 1 ? `M${points.join("L")}` : "";
        if (line === this.#drawn) return;
        this.#drawn = line;
        this.#line.setAttribute("d", line);
        this.#area.setAttribute("d", line && `${line}V${height}H${first}Z`);
        this.root.setAttribute("aria-label", describe(numbers));
    }
}

function describe(numbers) {
    if (numbers.length < 2) return "No figures of the last minute yet";
    return `Tiles a second over the last ${numbers.length * secondsEach} s: now ${figure(numbers.at(-1))}, `
        + `at most ${figure(Math.max(...numbers))}, at least ${figure(Math.min(...numbers))}`;
}
