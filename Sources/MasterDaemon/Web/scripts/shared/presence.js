// Whether the master answers, and what that means for a page: how old it is, and what does not work meanwhile.

import { element, setText } from "./dom.js";
import { duration } from "./format.js";

let awaySince = null;

/** Whether the master does not answer now. */
export const isAway = () => awaySince !== null;

/** Milliseconds of this page's clock, which stands still while nobody knows what goes on. */
export const presentTime = () => awaySince?.clock ?? performance.now();

/** Elements that ask the master for something carry this mark; without it they do nothing. */
const mark = "[data-needs-master]";

/** Makes the strip that says so, and keeps it. Call it once. */
export function showPresence(channel) {
    const words = element("span");
    const age = element("span.figures", { "aria-live": "off" });
    const strip = element("div.away", { role: "status", hidden: true }, words, " ", age);
    document.querySelector(".bar").after(strip);
    const tick = () => {
        if (!isAway()) return;
        const seconds = Math.floor((performance.now() - awaySince.clock) / 1000);
        setText(age, `What you see is of ${awaySince.date.toLocaleTimeString()}, ${duration(seconds)} ago.`);
    };
    setInterval(tick, 1000);
    channel.on("state", (state) => {
        const wasAway = isAway();
        if (state === "open") awaySince = null;
        else if (state === "away") awaySince ??= { clock: performance.now(), date: new Date() };
        strip.hidden = !isAway();
        document.documentElement.toggleAttribute("data-away", isAway());
        markAll();
        if (!isAway() || wasAway) return;
        // Put in anew, so that it is spoken each time.
        words.textContent = "The master does not answer. This page goes on by itself when it is back.";
        tick();
    });
    // In the first phase, before the element's own listeners. What comes to the page meanwhile is asked, too.
    document.addEventListener("click", (event) => {
        if (!isAway() || !event.target.closest?.(mark)) return;
        event.preventDefault();
        event.stopImmediatePropagation();
    }, { capture: true });
}

/** Not "disabled", which would drop the focus; and what is disabled for another reason stays so. */
function markAll() {
    for (const one of document.querySelectorAll(mark)) {
        if (isAway() && one.getAttribute("aria-disabled") !== "true") {
            one.setAttribute("aria-disabled", "true");
            one.dataset.awaits = "";
        } else if (!isAway() && "awaits" in one.dataset) {
            one.removeAttribute("aria-disabled");
            delete one.dataset.awaits;
        }
    }
}
