// Shows one operation: its role, parameters and answers.

import { element } from "../shared/dom.js";
import { inline, markup } from "./markup.js";
import { schemaWords } from "./schema-card.js";

export function operationCard(operation, resolver) {
    const parameters = operation.parameters.map((parameter) => resolver.resolve(parameter));
    const body = resolver.resolve(operation.requestBody);
    return element("details.reference-card.card", { id: operation.operationId },
        element("summary", {},
            element("span.method", { dataset: { method: operation.method } }, operation.method.toUpperCase()), " ",
            element("code.path", {}, pathPieces(operation.path)), " ",
            element("span.soft", {}, inline(operation.summary ?? ""))),
        element("div.reference-body", {},
            element("p.small.soft", {}, role(operation["x-tilework-role"])),
            markup(operation.description ?? ""),
            parameters.length > 0 ? table("Parameters", ["Name", "In", "Type", "Meaning"], parameters.map((parameter) => [
                [element("code", {}, parameter.name), parameter.required ? " needed" : ""], parameter.in,
                schemaWords(parameter.schema), inline(parameter.description ?? ""),
            ])) : null,
            body ? [heading("Body"), markup(body.description ?? ""), contents(body.content)] : null,
            table("Answers", ["Status", "Type", "Meaning"], Object.entries(operation.responses).map(([status, answer]) => {
                const { description, content } = resolver.resolve(answer);
                return [element("code", {}, status), contents(content), inline(description ?? "")];
            }))));
}

/** Allows long paths to break after slashes. */
const pathPieces = (path) => path.split(/(?<=\/)/).flatMap((piece) => [piece, element("wbr")]);

function role(name) {
    return name === "anyone" ? "Takes no key." : `Takes the role ${name}.`;
}

const heading = (text) => element("h3", {}, text);

function contents(content) {
    return content && element("ul.reference-contents", {}, Object.entries(content).map(([type, { schema }]) => element(
        "li", {}, element("code", {}, type), ": ", schemaWords(schema ?? {}))));
}

function table(name, columns, rows) {
    return [heading(name), element("div.reference-table", { tabindex: 0, role: "region", "aria-label": name },
        element("table", { "aria-label": name },
            element("thead", {}, element("tr", {}, columns.map((column) => element("th", { scope: "col" }, column)))),
            element("tbody", {}, rows.map((row) => element("tr", {}, row.map((cell) => element("td", {}, cell)))))))];
}
