// Shows that the master does not answer: how old the page is, and what does not work meanwhile.

import { element, setText } from "./dom.js";
import { duration } from "./format.js";

let awaySince = null;

/** Whether the master is away, which means that it does not answer. */
export const isAway = () => awaySince !== null;

/** Milliseconds of this page's clock, which stops while the master is away. */
export const presentTime = () => awaySince?.clock ?? performance.now();

/** The attribute of elements that need the master. They do nothing while it is away. */
const mark = "[data-needs-master]";

/** Makes and updates the strip that reports that the master is away. Called once. */
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
        // Set again each time, so that it is announced.
        words.textContent = "The master does not answer. This page goes on by itself when it is back.";
        tick();
    });
    // In the capture phase, before the element's own listeners. This also covers elements that are added later.
    document.addEventListener("click", (event) => {
        if (!isAway() || !event.target.closest?.(mark)) return;
        event.preventDefault();
        event.stopImmediatePropagation();
    }, { capture: true });
}

/**
 * Marks elements as disabled by `aria-disabled`, because "disabled" would take the focus from them. Elements that are
 * disabled for another reason stay so.
 */
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
