// The steps' card: list, menu, presets, text, and a line for messages.

import { byID } from "../shared/dom.js";
import { announce } from "../shared/shell.js";
import { showText } from "./pipeline-text.js";
import { showSteps } from "./step-list.js";
import { stepMenu } from "./step-menu.js";
import { presetPanel } from "./step-presets.js";

/** Builds the card, and restores the last visit's steps. @returns {{say: (text: string) => void}} */
export function stepArea(pipeline, catalogue) {
    const adder = byID("add-step");
    const list = showSteps(pipeline, catalogue, {
        list: byID("steps"), empty: byID("steps-empty"), count: byID("steps-count"), clear: byID("steps-clear"), adder,
    });
    stepMenu(adder, byID("step-menu"), catalogue, (name) => {
        const step = pipeline.add(name);
        list.focus(step);
        announce(`${catalogue.find(name).title} is step ${pipeline.steps.length}.`);
    });
    pipeline.addEventListener("steps", () => {
        adder.setAttribute("aria-disabled", pipeline.isFull);
        say(pipeline.isFull ? `That is the most: ${pipeline.most} steps.` : "");
    });
    const presets = {
        form: byID("preset-form"), name: byID("preset-name"), list: byID("presets"), count: byID("presets-count"),
    };
    presetPanel(pipeline, presets, (name, steps) => {
        const unknown = pipeline.load(steps);
        say([`“${name}” is loaded.`, leftOut(unknown)].join(" ").trim());
    }, say);
    showText(pipeline, { panel: byID("text-panel"), text: byID("pipeline-text"), copy: byID("pipeline-copy") });
    const unknown = pipeline.restore();
    if (unknown.length > 0) say(leftOut(unknown));
    return { say };
}

function say(text) {
    const line = byID("steps-say");
    line.textContent = text;
    line.hidden = !text;
    if (text) announce(text);
}

/** The text about stored steps that the master does not know. */
function leftOut(unknown) {
    if (unknown.length === 0) return "";
    const names = [...new Set(unknown)].slice(0, 5).map((name) => `“${name.slice(0, 40)}”`);
    return `Left out, as this master does not know it: ${names.join(", ")}.`;
}
