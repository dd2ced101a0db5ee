// A cell of a row.

import { element } from "../shared/dom.js";

/** It knows its column's name, for the cards on a phone. */
export const cell = (label, kind, ...children) => element(kind, { role: "cell", dataset: { label } }, ...children);
