// Which worker has which colour: by the order of their names, in turn.

import { byWorkerName } from "./job-model.js";

const number = 8;

/** The number of each worker's colour by its name. */
export function colorNumbers(names) {
    const sorted = [...new Set(names)].sort(byWorkerName);
    return new Map(sorted.map((name, place) => [name, place % number]));
}

export const colorName = (place) => `--worker-${place}`;

/** The value of a colour of base.css now: it is another one in the dark. */
export const colorValue = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
