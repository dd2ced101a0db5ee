// The master's time. A reader's clock may be wrong by minutes; "3 s ago" is then still right.

let ahead = 0;

/** Learns the time from an answer of the master. Its Date has whole seconds, so small differences are none. */
export function learnTime(answer) {
    const told = Date.parse(answer.headers.get("date") ?? "");
    if (Number.isNaN(told)) return;
    const difference = told + 500 - Date.now();
    ahead = Math.abs(difference) > 1500 ? difference : 0;
}

/** Now, as the master has it, in milliseconds. */
export const serverNow = () => Date.now() + ahead;

/** Calls `show` once a second while the window is seen. */
export function everySecond(show) {
    setInterval(() => {
        if (document.visibilityState === "visible") show();
    }, 1000);
    document.addEventListener("visibilitychange", () => {
        if (document.visibilityState === "visible") show();
    });
}
