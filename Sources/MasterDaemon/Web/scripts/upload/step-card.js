// A step's card in the ordered list.

import { element, setText } from "../shared/dom.js";
import { sign } from "./signs.js";
import { parameterField } from "./step-parameter.js";

/** @param {{move: (place) => void, remove, set}} actions */
export class StepCard {
    #transform;
    #place = element("span.step-place", { "aria-hidden": "true" });
    #up;
    #down;
    element;

    constructor(transform, step, actions) {
        this.#transform = transform;
        const { title } = transform;
        this.#up = iconButton("up", `Move ${title} up`, "move-up", () => actions.move(-1));
        this.#down = iconButton("down", `Move ${title} down`, "move-down", () => actions.move(1));
        const fields = transform.parameters.map((parameter) =>
            parameterField(parameter, step.values[parameter.name], (text) => actions.set(parameter.name, text)));
        this.element = element(
            "li.step", { dataset: { testid: "step", name: transform.name } },
            element(
                "div.step-head", {},
                element("span.grip", { title: "Drag to another place" }, sign("grip")),
                this.#place,
                element("h3", {}, title),
                element("div.step-buttons", {}, this.#up, this.#down,
                    iconButton("remove", `Remove ${title}`, "remove-step", actions.remove)),
                element("p.small.soft", {}, transform.summary),
            ),
            fields.length > 0 ? element("div.parameters", {}, fields) : null,
        );
        // Handled before a slider, which uses arrow keys for its value.
        this.element.addEventListener("keydown", (event) => {
            if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
            event.preventDefault();
            event.stopPropagation();
            actions.move(event.key === "ArrowUp" ? -1 : 1);
        }, { capture: true });
    }

    /** The step's position in the list, from 0. */
    show(index, count) {
        setText(this.#place, String(index + 1));
        this.element.setAttribute("aria-label", `Step ${index + 1} of ${count}: ${this.#transform.title}`);
        // Not "disabled", so that the focused button keeps the focus at the end of the list.
        this.#up.setAttribute("aria-disabled", index === 0);
        this.#down.setAttribute("aria-disabled", index === count - 1);
    }

    focus() {
        (this.element.querySelector("input[type=number]") ?? this.element.querySelector("button:last-of-type")).focus();
    }
}

function iconButton(name, label, testid, act) {
    return element(
        "button.button.quiet.icon",
        { type: "button", "aria-label": label, title: label, dataset: { testid }, onclick: act },
        sign(name),
    );
}
