// Renders the Markdown that descriptions use: paragraphs, lists with hyphens, and code in backquotes.

import { element } from "../shared/dom.js";

/** The elements of a text with paragraphs and lists. */
export function markup(text) {
    return text.trim().split(/\n\s*\n/).filter((part) => part !== "").map((part) => (part.startsWith("- ")
        ? element("ul.bullets", {}, part.split(/\n(?=- )/).map((item) => element("li", {}, inline(item.slice(2)))))
        : element("p", {}, inline(part))));
}

/** Renders one line, with its code. */
export function inline(text) {
    return text.replace(/\s+/g, " ").trim().split("`").map((part, index) => (index % 2 ? element("code", {}, part) : part));
}
