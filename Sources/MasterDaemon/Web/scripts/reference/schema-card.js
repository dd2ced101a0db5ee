// Shows one schema with its fields.

import { element } from "../shared/dom.js";
import { wordsOf } from "./description.js";
import { inline, markup } from "./markup.js";

export function schemaCard(name, schema) {
    return element("details.reference-card.card", { id: `schema-${name}` },
        element("summary", {}, element("code", {}, name)),
        element("div.reference-body", {}, markup(schema.description ?? ""),
            schema.properties ? fields(schema) : element("p", {}, schemaWords(schema))));
}

/** A schema in words, with links to named schemas. */
export function schemaWords(schema) {
    return wordsOf(schema).map(({ name, text }) => (name
        ? element("a", { href: `#schema-${name}` }, element("code", {}, name)) : text));
}

function fields(schema) {
    return element("dl.reference-fields", {}, Object.entries(schema.properties).map(([name, field]) => element("div", {},
        element("dt", {}, element("code", {}, name), schema.required?.includes(name) ? "" : element("span.small.soft", {}, " may be absent")),
        element("dd", {}, schemaWords(field), field.description ? [". ", inline(field.description)] : null,
            field.properties ? fields(field) : null))));
}
