// The start button, and the reason if it is disabled.

import { setText } from "../shared/dom.js";
import { plural } from "../shared/format.js";
import { announce } from "../shared/shell.js";

/** @param {{button, reason}} places  @param {(items: object[]) => void} start */
export function startPanel({ tray, pipeline, output }, places, start) {
    const usable = () => tray.ready.filter(({ head }) => !output.obstacle(head));

    function reason() {
        const { items } = tray;
        if (items.length === 0) return "Add an image to start.";
        if (usable().length === 0) {
            if (items.some(({ state }) => state === "checking")) return "Looking at the files…";
            if (items.some(({ state }) => ["waiting", "uploading", "retrying", "cancelling"].includes(state))) return "Sending…";
            if (tray.ready.length > 0) return "No image can become the chosen format.";
            if (items.some(({ state }) => state === "sent")) return "All images are sent. Add more to start again.";
            return "None of the files can be used.";
        }
        if (pipeline.steps.length === 0) return "Add a step to start.";
        return pipeline.fault || output.fault;
    }

    function show() {
        output.follow(tray.open.map(({ head }) => head));
        const why = reason();
        const number = usable().length;
        const left = tray.items.filter(({ state }) => state === "refused").length + tray.ready.length - number;
        places.button.setAttribute("aria-disabled", why !== "");
        setText(places.button, number > 1 ? `Start ${plural(number, "job", "jobs")}` : "Start");
        const rest = left > 0 ? ` ${plural(left, "file is", "files are")} left out.` : "";
        const work = `${plural(pipeline.steps.length, "step", "steps")} for ${plural(number, "image", "images")}.`;
        setText(places.reason, why || work + rest);
    }

    places.button.addEventListener("click", () => {
        const why = reason();
        if (why) return announce(why);
        start(usable());
    });
    tray.on("list", show).on("item", show);
    pipeline.addEventListener("change", show);
    output.addEventListener("change", show);
    show();
}
