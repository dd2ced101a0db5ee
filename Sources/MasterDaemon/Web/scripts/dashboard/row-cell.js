// A cell of a row.

import { element } from "../shared/dom.js";

/** @param {string} label the name of the column, which is shown if the rows are cards, as on a phone */
export const cell = (label, kind, ...children) => element(kind, { role: "cell", dataset: { label } }, ...children);
