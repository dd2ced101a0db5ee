// Copies a text. The clipboard of today needs https or localhost; over plain http on a LAN the old way has to do.

/** Whether the text is in the clipboard now. */
export async function copyText(text) {
    if (navigator.clipboard) {
        try {
            await navigator.clipboard.writeText(text);
            return true;
        } catch {
            // Not allowed: the old way may be.
        }
    }
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "unseen";
    field.setAttribute("readonly", "");
    const focused = document.activeElement;
    document.body.append(field);
    field.select();
    const isCopied = document.execCommand("copy");
    field.remove();
    focused?.focus();
    return isCopied;
}
