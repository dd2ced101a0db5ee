// The ordered list of steps. Cards are kept while steps move, so that focus and unfinished input stay.

import { setText } from "../shared/dom.js";
import { announce } from "../shared/shell.js";
import { StepCard } from "./step-card.js";
import { dragToReorder } from "./step-drag.js";

/** @param {{list: Element, empty: Element, count: Element, clear: Element, adder: Element}} places */
export function showSteps(pipeline, catalogue, places) {
    const cards = new Map();

    const title = (step) => catalogue.find(step.name).title;

    function move(step, place) {
        if (pipeline.move(step, place)) {
            announce(`${title(step)} is now step ${place + 1} of ${pipeline.steps.length}.`);
        } else {
            announce(`${title(step)} is already ${place < 0 ? "first" : "last"}.`);
        }
    }

    function remove(step) {
        const index = pipeline.steps.indexOf(step);
        pipeline.remove(step);
        const next = pipeline.steps[Math.min(index, pipeline.steps.length - 1)];
        (next ? cards.get(next).element.querySelector("[data-testid=remove-step]") : places.adder).focus();
        announce(`${title(step)} is removed.`);
    }

    function makeCard(step) {
        return new StepCard(catalogue.find(step.name), step, {
            move: (by) => move(step, pipeline.steps.indexOf(step) + by),
            remove: () => remove(step),
            set: (parameter, text) => pipeline.set(step, parameter, text),
        });
    }

    function render() {
        const { steps } = pipeline;
        const focused = document.activeElement;
        for (const step of cards.keys()) if (!steps.includes(step)) cards.delete(step);
        for (const step of steps) if (!cards.has(step)) cards.set(step, makeCard(step));
        places.list.replaceChildren(...steps.map((step) => cards.get(step).element));
        steps.forEach((step, index) => cards.get(step).show(index, steps.length));
        // An element that was removed and inserted again has lost the focus.
        if (places.list.contains(focused) && focused !== document.activeElement) focused.focus({ preventScroll: true });
        if (places.list.contains(focused)) focused.scrollIntoView({ block: "nearest" });
        places.list.hidden = steps.length === 0;
        places.empty.hidden = steps.length > 0;
        places.clear.hidden = steps.length < 2;
        setText(places.count, steps.length > pipeline.most / 2 ? `${steps.length} of at most ${pipeline.most}` : "");
    }

    places.clear.addEventListener("click", () => {
        pipeline.clear();
        places.adder.focus();
        announce("All steps are removed.");
    });
    dragToReorder(places.list, (from, to) => move(pipeline.steps[from], to));
    pipeline.addEventListener("steps", render);
    render();
    return { focus: (step) => cards.get(step)?.focus() };
}
