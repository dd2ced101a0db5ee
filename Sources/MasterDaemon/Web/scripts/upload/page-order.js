// Where the parts of the page stand, as far as style alone cannot say it.

const wide = matchMedia("(min-width: 60rem)");

/**
 * The preview stands beside the steps on a wide window and behind them on a narrow one. It is moved in the document and
 * not by style, so that the order of the keyboard is the order that is seen.
 */
export function arrange(preview, files, steps) {
    const place = () => (wide.matches ? files : steps).after(preview);
    wide.addEventListener("change", place);
    place();
}

/** Tells style how tall a column is, so that the shorter one can stay in view. */
export function measure(column) {
    new ResizeObserver(() => column.style.setProperty("--height", `${column.offsetHeight}px`)).observe(column);
}
