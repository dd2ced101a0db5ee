// Arranges the parts of the page, as far as style alone cannot.

const wide = matchMedia("(min-width: 60rem)");

/**
 * On a wide window the preview is beside the steps, on a narrow one below them. It is moved in the document and not by
 * style, so that the keyboard's order equals the visible order.
 */
export function arrange(preview, files, steps) {
    const place = () => (wide.matches ? files : steps).after(preview);
    wide.addEventListener("change", place);
    place();
}

/** Passes a column's height to style, so that the shorter column can stay in view. */
export function measure(column) {
    new ResizeObserver(() => column.style.setProperty("--height", `${column.offsetHeight}px`)).observe(column);
}
