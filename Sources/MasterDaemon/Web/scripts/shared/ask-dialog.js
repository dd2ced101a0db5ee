// A dialog that asks for confirmation.

import { element, setText } from "./dom.js";

export class AskDialog {
    #name;
    #rest = element("span");
    #error;
    #keep;
    #confirm;
    #dialog;
    #question = null;

    /**
     * @param {string} kind the prefix of its elements' ids
     * @param {{title: string, keep: string, confirm: string}} words the question and its two answers
     */
    constructor(kind, { title, keep, confirm }) {
        this.#name = element("bdi", { id: `${kind}-name` });
        this.#error = element("p.notice", { id: `${kind}-error`, dataset: { kind: "error" }, role: "alert", hidden: true });
        this.#keep = element("button.button", { id: `${kind}-keep`, type: "button", onclick: () => this.close() }, keep);
        this.#confirm = element(
            "button.button.danger", { id: `${kind}-confirm`, type: "button", onclick: () => this.#doIt() }, confirm);
        this.#dialog = element(
            "dialog.ask", { id: `${kind}-dialog`, "aria-labelledby": `${kind}-title`, "aria-describedby": `${kind}-text` },
            element("h2", { id: `${kind}-title` }, title),
            element("p", { id: `${kind}-text` }, "“", this.#name, "”", this.#rest),
            this.#error,
            element("div.row.ask-actions", {}, this.#keep, this.#confirm));
        // A click outside closes the dialog, as Escape does. Such a click has the dialog itself as its target.
        this.#dialog.addEventListener("click", (event) => {
            if (event.target === this.#dialog) this.close();
        });
        this.#dialog.addEventListener("close", () => this.#question.closed?.());
        document.body.append(this.#dialog);
    }

    /**
     * @param {string} name the object of the question
     * @param {string} rest the rest of the sentence that begins with the name
     * @param {object} question
     * @param {() => Promise} question.work run after the answer yes; a `Problem` is shown, and the dialog stays open
     * @param {(result) => void} question.done called after success, when the dialog is closed
     * @param {() => void} [question.closed] called when the dialog is closed, whatever the answer
     */
    ask(name, rest, question) {
        this.#question = question;
        setText(this.#name, name);
        setText(this.#rest, rest);
        this.#error.hidden = true;
        this.#dialog.showModal();
        this.#keep.focus();
    }

    close() {
        if (this.#dialog.open) this.#dialog.close();
    }

    async #doIt() {
        // "disabled" would take the focus from the button.
        if (this.#confirm.getAttribute("aria-disabled") === "true") return;
        const { work, done } = this.#question;
        this.#confirm.setAttribute("aria-disabled", "true");
        this.#error.hidden = true;
        try {
            const result = await work();
            this.close();
            done(result);
        } catch (problem) {
            this.#error.hidden = false;
            setText(this.#error, problem.message);
        } finally {
            this.#confirm.removeAttribute("aria-disabled");
        }
    }
}
