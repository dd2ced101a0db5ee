// The master's clock as seen from here. On a LAN the two may differ by minutes; "3 s ago" is then still right.

/** The header counts whole seconds, so differences below this are none. */
const leastDifference = 1500;
let difference = 0;

/** Now, as the master has it, in milliseconds. */
export const masterNow = () => Date.now() + difference;

/** Asks the master; where that does not work out, what was known before stays. */
export async function readMasterClock() {
    try {
        const answer = await fetch("/livez", { cache: "no-store" });
        const told = Date.parse(answer.headers.get("date") ?? "");
        // On average, half a second was cut off.
        const found = told + 500 - Date.now();
        if (!Number.isNaN(found)) difference = Math.abs(found) > leastDifference ? found : 0;
    } catch {
        // The page itself shows that the master is away.
    }
}

/** Calls `show` once a second while the window is seen. */
export function everySecond(show) {
    const showSeen = () => document.visibilityState === "visible" && show();
    setInterval(showSeen, 1000);
    document.addEventListener("visibilitychange", showSeen);
}
