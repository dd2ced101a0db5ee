// Buttons for actions on a job. An error is shown in the job's row, and announced.

import { element } from "../shared/dom.js";
import { announce } from "../shared/shell.js";
import { rowIcon } from "./row-icons.js";

/** A small button with an icon. `words` is its text if there is space; `name` says what it acts on. */
export function actionButton(kind, words, name, onclick) {
    return element("button.button.small.action", {
        type: "button", dataset: { testid: kind, needsMaster: "" }, "aria-label": `${words} ${name}`, title: words, onclick,
    }, rowIcon(kind), element("span.action-words", {}, words));
}

/** A link with the same look. */
export function actionLink(kind, words, name, href) {
    return element("a.button.small.action", {
        href, download: "", dataset: { testid: kind, needsMaster: "" }, "aria-label": `${words} ${name}`, title: words,
    }, rowIcon(kind), element("span.action-words", {}, words));
}

/** An element of a row for the error of an action. */
export const failurePlace = () => element("p.row-failure", { role: "alert", dataset: { testid: "row-error" }, hidden: true });

export function showFailure(place, text) {
    place.hidden = !text;
    place.textContent = text ?? "";
}

/**
 * Runs `work` for a button, once at a time. The button keeps its focus.
 * @param {HTMLElement} place where an error is shown
 * @param {string} done announced after success
 */
export async function act(button, place, work, done) {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    showFailure(place, null);
    try {
        await work();
        announce(done);
    } catch (problem) {
        // The element is an alert, so screen readers announce it.
        showFailure(place, problem.message);
    } finally {
        button.removeAttribute("aria-disabled");
    }
}
