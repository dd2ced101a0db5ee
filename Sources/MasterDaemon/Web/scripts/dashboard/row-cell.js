// A cell of a row.

import { element } from "../shared/dom.js";

/** It has its column's name, which the cards on a phone show. */
export const cell = (label, kind, ...children) => element(kind, { role: "cell", dataset: { label } }, ...children);
