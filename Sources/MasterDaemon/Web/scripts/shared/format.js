// Formats numbers, sizes and times for people.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const oneDigit = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

/** 12345 → "12,345". */
export const count = (number) => whole.format(number);

/** A rate or another figure, with one decimal if it is below 100. */
export const figure = (number) => (number >= 100 ? whole : oneDigit).format(number);

/** 1536 → "1.5 kB"; powers of 1000. */
export function bytes(number) {
    const units = ["B", "kB", "MB", "GB", "TB"];
    let unit = 0;
    while (number >= 1000 && unit < units.length - 1) {
        number /= 1000;
        unit += 1;
    }
    return `${(unit === 0 || number >= 100 ? whole : oneDigit).format(number)} ${units[unit]}`;
}

/** Seconds as "0.8 s", "42 s", "3 min 5 s", "2 h 10 min". */
export function duration(seconds) {
    if (seconds < 10) return `${oneDigit.format(seconds)} s`;
    const all = Math.round(seconds);
    if (all < 60) return `${all} s`;
    if (all < 3600) return all % 60 === 0 ? `${all / 60} min` : `${Math.floor(all / 60)} min ${all % 60} s`;
    return `${Math.floor(all / 3600)} h ${Math.round((all % 3600) / 60)} min`;
}

/** The time since a moment: "just now", "5 s ago", "3 min ago", later the date. */
export function ago(moment, now = Date.now()) {
    const seconds = Math.max(0, (now - new Date(moment).getTime()) / 1000);
    if (seconds < 2) return "just now";
    if (seconds < 60) return `${Math.floor(seconds)} s ago`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
    if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ago`;
    return dateTime(moment);
}

/** A moment in the reader's time zone. */
export function dateTime(moment) {
    return new Date(moment).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** "5120 × 2880 px". */
export const size = ({ width, height }) => `${width} × ${height} px`;
export const megapixels = ({ width, height }) => `${figure((width * height) / 1e6)} MP`;

/** A number with the singular or plural: plural(2, "tile", "tiles") → "2 tiles". */
export const plural = (number, one, many) => `${count(number)} ${number === 1 ? one : many}`;
