// One parameter of a step: a number field for exact values, and a slider.

import { element, setText } from "../shared/dom.js";
import { fault, slider } from "./step-catalogue.js";

let fields = 0;

/** @param {(text: string) => void} changed */
export function parameterField(parameter, text, changed) {
    const id = `parameter-${(fields += 1)}`;
    const { min, max, step } = slider(parameter);
    const number = element("input", {
        id, type: "number", step: "any", inputmode: parameter.minimum < 0 ? "text" : "decimal", autocomplete: "off",
        "aria-describedby": `${id}-about`, dataset: { parameter: parameter.name },
    });
    const range = element("input", {
        type: "range", min, max, step, "aria-label": `${parameter.title}, slider`, "aria-describedby": `${id}-about`,
    });
    const about = element("p.small.soft", { id: `${id}-about` });
    number.value = text;

    const show = () => {
        const wrong = fault(parameter, number.value);
        if (!wrong) range.value = number.value;
        number.setAttribute("aria-invalid", wrong !== "");
        about.classList.toggle("wrong", wrong !== "");
        setText(about, wrong || parameter.summary);
    };
    number.addEventListener("input", () => {
        show();
        changed(number.value);
    });
    range.addEventListener("input", () => {
        number.value = range.value;
        show();
        changed(number.value);
    });
    range.value = text;
    show();
    return element(
        "div.parameter", {},
        element("label", { for: id }, parameter.title), range, number, about,
    );
}
