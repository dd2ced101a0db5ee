// Named pipelines, kept in this browser.

import { element, setText } from "../shared/dom.js";
import { plural } from "../shared/format.js";
import { keep, recall } from "./browser-store.js";
import { sign } from "./signs.js";

const storeName = "presets";
const longestName = 60;

/** Other data under the name is ignored. @returns {Map<string, object[]>} */
function readPresets() {
    const kept = recall(storeName);
    const entries = kept && typeof kept === "object" && !Array.isArray(kept) ? Object.entries(kept) : [];
    return new Map(entries.filter(([name, steps]) => name && Array.isArray(steps)));
}

const write = (presets) => keep(storeName, Object.fromEntries(presets));

/** @param {{form, name, list, count}} places  @param {(text: string) => void} say */
export function presetPanel(pipeline, places, load, say) {
    function render() {
        const presets = readPresets();
        const names = [...presets.keys()].sort((one, other) => one.localeCompare(other));
        places.list.replaceChildren(...names.map((name) => row(name, presets.get(name))));
        places.list.hidden = names.length === 0;
        setText(places.count, names.length > 0 ? String(names.length) : "");
    }

    function row(name, steps) {
        const open = element("button.preset-load", {
            type: "button", dataset: { testid: "preset-load" }, onclick: () => load(name, steps),
        }, element("strong", {}, name), element("span.small.soft", {}, plural(steps.length, "step", "steps")));
        const drop = element("button.button.quiet.icon", {
            type: "button", "aria-label": `Delete the preset ${name}`, title: "Delete",
            dataset: { testid: "preset-delete" }, onclick: () => remove(name),
        }, sign("remove"));
        return element("li", { dataset: { testid: "preset" } }, open, drop);
    }

    function remove(name) {
        const presets = readPresets();
        presets.delete(name);
        const isKept = write(presets);
        render();
        places.name.focus();
        say(isKept ? `The preset “${name}” is deleted.` : "The browser does not let this page keep anything.");
    }

    places.form.addEventListener("submit", (event) => {
        event.preventDefault();
        const name = places.name.value.trim().slice(0, longestName);
        if (!name) {
            say("Give the preset a name.");
            return places.name.focus();
        }
        if (pipeline.steps.length === 0) return say("There is no step to save.");
        if (pipeline.fault) return say(pipeline.fault);
        const presets = readPresets();
        const isNew = !presets.has(name);
        presets.set(name, pipeline.plain);
        const isKept = write(presets);
        if (isKept) places.name.value = "";
        render();
        if (!isKept) say("The browser does not let this page keep presets.");
        else say(isNew ? `Saved as “${name}”.` : `“${name}” is replaced.`);
    });
    // Another window of this page may have changed them.
    window.addEventListener("storage", render);
    render();
}
