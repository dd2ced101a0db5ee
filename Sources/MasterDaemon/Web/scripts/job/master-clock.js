// The master's clock as seen from here. On a LAN the two may differ by minutes, and "elapsed" counts from its times.

/** Differences below this are rounding: the header counts whole seconds. */
const leastDifference = 3000;
let difference = 0;

export const masterNow = () => Date.now() + difference;

/** Asks once; where it does not work out, the clocks are taken as equal. */
export async function readMasterClock() {
    try {
        const answer = await fetch("/livez", { cache: "no-store" });
        const itsTime = Date.parse(answer.headers.get("date"));
        const found = itsTime - Date.now();
        if (Math.abs(found) > leastDifference) difference = found;
    } catch {
        // The page itself shows that the master is away.
    }
}
