// Shows the API's description, made from /openapi.json, which programs use.

import { getJSON } from "../shared/api.js";
import { byID, element, setText } from "../shared/dom.js";
import { LiveChannel } from "../shared/live.js";
import { followChannel } from "../shared/shell.js";
import { markup } from "./markup.js";
import { operationsByTag, Resolver } from "./description.js";
import { operationCard } from "./operation-card.js";
import { schemaCard } from "./schema-card.js";

async function show() {
    let api;
    try {
        api = await getJSON("/openapi.json");
    } catch (problem) {
        setText(byID("reference-state"), problem.message);
        return;
    } finally {
        byID("reference").removeAttribute("aria-busy");
    }
    const resolver = new Resolver(api);
    const parts = api.tags.map((tag) => ({ tag, operations: operationsByTag(api, tag.name) }));
    byID("reference-about").append(...markup(api.info.description));
    byID("reference-operations").append(...parts.map(({ tag, operations }) => section(
        `part-${tag.name}`, heading(tag.name), markup(tag.description ?? ""),
        operations.map((operation) => operationCard(operation, resolver)))));
    byID("reference-schemas").append(section(
        "part-schemas", "Schemas", [],
        Object.entries(api.components.schemas).map(([name, schema]) => schemaCard(name, schema))));
    const links = [...parts.map(({ tag }) => tag.name), "schemas"];
    byID("reference-parts").append(element("ul", {}, links.map((name) => element(
        "li", {}, element("a", { href: `#part-${name}` }, heading(name))))));
    byID("reference-parts").hidden = false;
    byID("reference-state").remove();
    openTarget();
}

function section(id, title, about, cards) {
    return element("section.reference-part", { id, "aria-labelledby": `${id}-title` },
        element("h2", { id: `${id}-title`, tabindex: -1 }, title), about, cards);
}

const heading = (name) => name[0].toUpperCase() + name.slice(1);

/** Opens and shows the card that the address names, because it did not exist when the browser looked for it. */
function openTarget() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.tagName === "DETAILS") target.open = true;
    target.scrollIntoView();
}

addEventListener("hashchange", openTarget);
const channel = new LiveChannel();
followChannel(channel);
channel.start();
show();
