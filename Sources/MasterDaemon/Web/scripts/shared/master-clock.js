// The master's clock. It may differ from the browser's by minutes; "3 s ago" is still right.

/** The header has whole seconds, so smaller differences are ignored. */
const leastDifference = 1500;
let difference = 0;

/** The master's time now, in milliseconds. */
export const masterNow = () => Date.now() + difference;

/** Reads the master's clock. If that fails, the known difference stays. */
export async function readMasterClock() {
    try {
        const answer = await fetch("/livez", { cache: "no-store" });
        const told = Date.parse(answer.headers.get("date") ?? "");
        // The header cuts off half a second on average.
        const found = told + 500 - Date.now();
        if (!Number.isNaN(found)) difference = Math.abs(found) > leastDifference ? found : 0;
    } catch {
        // The page already shows that the master is away.
    }
}

/** Calls `show` once a second while the window is visible. */
export function everySecond(show) {
    const showSeen = () => document.visibilityState === "visible" && show();
    setInterval(showSeen, 1000);
    document.addEventListener("visibilitychange", showSeen);
}
