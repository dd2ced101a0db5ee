// The list of rows, kept in step with the tray.

import { setText } from "../shared/dom.js";
import { plural } from "../shared/format.js";
import { announce } from "../shared/shell.js";
import { FileRow } from "./file-row.js";

/** @param {{list: Element, count: Element, zone: Element}} places */
export function showFiles(tray, places, actions) {
    const rows = new Map();
    const rowActions = { ...actions, select: (item) => tray.select(item), remove };

    const refresh = (item) => rows.get(item)?.update(item === tray.selected);
    const refreshAll = () => tray.items.forEach(refresh);

    tray.on("list", () => {
        for (const item of rows.keys()) {
            if (tray.items.includes(item)) continue;
            rows.get(item).element.remove();
            rows.delete(item);
        }
        for (const item of tray.items) {
            if (rows.has(item)) continue;
            const row = new FileRow(item, rowActions);
            rows.set(item, row);
            places.list.append(row.element);
        }
        places.list.hidden = tray.items.length === 0;
        places.zone.dataset.compact = tray.items.length > 0;
        setText(places.count, tray.items.length > 1 ? plural(tray.items.length, "file", "files") : "");
        refreshAll();
    });
    tray.on("select", refreshAll);
    tray.on("item", (item) => {
        refresh(item);
        if (item.state === "refused" && !item.isTold) {
            item.isTold = true;
            announce(`${item.file.name} cannot be used. ${item.reason}`);
        }
    });

    /** The focus goes to the next row's button, or to the drop zone. */
    function remove(item) {
        const index = tray.items.indexOf(item);
        actions.cancel(item);
        tray.remove(item);
        const next = tray.items[Math.min(index, tray.items.length - 1)];
        if (next) rows.get(next).element.querySelector(".file-buttons > :last-child").focus();
        else places.zone.querySelector("input").focus();
        announce(`${item.file.name} is removed from the list.`);
    }

    return { refreshAll };
}

