// Converts transforms in text form ("grayscale,blur:ksize=31") to steps for people. Pure: node can check it.

/** Names for parameters whose own names are unclear. */
const words = { ksize: "size" };

/** "blur:ksize=31:sigma=2" → {name: "Blur", detail: "size 31, sigma 2"}. */
function step(text) {
    const [name, ...parameters] = text.trim().split(":");
    const detail = parameters
        .map((parameter) => {
            const [key, value] = parameter.split("=");
            const word = words[key.trim()] ?? key.trim();
            return value === undefined ? word : `${word} ${value.trim()}`;
        })
        .join(", ");
    return { name: name.charAt(0).toUpperCase() + name.slice(1), detail };
}

/** All steps. Equal steps in a row are listed once, with their number. */
export function steps(text) {
    const all = [];
    for (const one of text.split(",").filter((part) => part.trim() !== "").map(step)) {
        const last = all.at(-1);
        if (last && last.name === one.name && last.detail === one.detail) last.times += 1;
        else all.push({ ...one, times: 1 });
    }
    return all;
}
