// Buttons that do something with a job. A refusal is shown in the row where it happened, and spoken.

import { element } from "../shared/dom.js";
import { announce } from "../shared/shell.js";
import { rowIcon } from "./row-icons.js";

/** A small button with a sign; `words` is its text where there is room, `name` says what it acts on. */
export function actionButton(kind, words, name, onclick) {
    return element("button.button.small.action", {
        type: "button", dataset: { testid: kind, needsMaster: "" }, "aria-label": `${words} ${name}`, title: words, onclick,
    }, rowIcon(kind), element("span.action-words", {}, words));
}

/** A link that looks like such a button. */
export function actionLink(kind, words, name, href) {
    return element("a.button.small.action", {
        href, download: "", dataset: { testid: kind, needsMaster: "" }, "aria-label": `${words} ${name}`, title: words,
    }, rowIcon(kind), element("span.action-words", {}, words));
}

/** A place in a row for what went wrong. */
export const troublePlace = () => element("p.row-trouble", { role: "alert", dataset: { testid: "row-error" }, hidden: true });

export function showTrouble(place, text) {
    place.hidden = !text;
    place.textContent = text ?? "";
}

/**
 * Runs `work` once at a time for a button, which stays focused meanwhile.
 * @param {HTMLElement} place where a refusal is shown
 * @param {string} done what is spoken when it is done
 */
export async function act(button, place, work, done) {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    showTrouble(place, null);
    try {
        await work();
        announce(done);
    } catch (problem) {
        // The place is an alert: it speaks by itself.
        showTrouble(place, problem.message);
    } finally {
        button.removeAttribute("aria-disabled");
    }
}
