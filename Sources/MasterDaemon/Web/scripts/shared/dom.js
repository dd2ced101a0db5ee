// Makes and updates elements. Texts are inserted as text, never as markup.

/**
 * Makes an element.
 * @param {string} kind its tag, with classes after dots: "p.soft.small"
 * @param {object} [properties] attributes; `on…` names take functions, `dataset` takes an object, `false` and `null`
 * are omitted
 * @param {...(Node|string|null|Array)} children strings become text nodes
 */
export function element(kind, properties = {}, ...children) {
    const [tag, ...classes] = kind.split(".");
    const made = document.createElement(tag);
    if (classes.length > 0) made.classList.add(...classes);
    for (const [name, value] of Object.entries(properties)) setProperty(made, name, value);
    made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
    return made;
}

function setProperty(target, name, value) {
    if (value === null || value === undefined || value === false) return;
    if (name === "dataset") Object.assign(target.dataset, value);
    else if (name.startsWith("on")) target.addEventListener(name.slice(2), value);
    else target.setAttribute(name, value === true ? "" : value);
}

/** The element with this id, which must exist. */
export function byID(id) {
    const found = document.getElementById(id);
    if (!found) throw new Error(`the page has no element #${id}`);
    return found;
}

/** Sets an element's text if it differs, to avoid needless layout. */
export function setText(target, text) {
    if (target.textContent !== text) target.textContent = text;
}

/** Sets a progress bar, which has the class `progress` and the role progressbar. */
export function setProgress(bar, part, status) {
    const done = Math.min(1, Math.max(0, part || 0));
    bar.style.setProperty("--done", done);
    bar.setAttribute("aria-valuenow", Math.round(done * 100));
    if (status) bar.dataset.status = status;
}

/** Makes a progress bar with a label for screen readers. */
export function progressBar(label) {
    const bar = element("div.progress", { role: "progressbar", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 100 });
    setProgress(bar, 0);
    return bar;
}

/** The status of a job or worker, as a coloured word. */
export function statusBadge(status) {
    return element("span.badge", { dataset: { status } }, status);
}

/** Updates a badge. */
export function setStatus(badge, status) {
    if (badge.dataset.status === status) return;
    badge.dataset.status = status;
    badge.textContent = status;
}
