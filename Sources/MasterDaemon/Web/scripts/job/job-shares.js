// Each worker's share of the job.

import { byID, element, progressBar, setProgress, setText } from "../shared/dom.js";
import { figure, plural } from "../shared/format.js";
import { colorOf } from "../shared/worker-colors.js";

export function showShares(grid) {
    const shares = grid.shares();
    const list = byID("shares");
    byID("shares-empty").hidden = shares.length > 0;
    setText(byID("shares-note"), grid.passes > 1 ? `Pass ${grid.pass} of ${grid.passes}` : "");
    const names = shares.map(({ name }) => name).join("\n");
    if (list.dataset.names !== names) {
        list.dataset.names = names;
        list.replaceChildren(...shares.map(({ name }) => row(name)));
    }
    shares.forEach(({ tiles, share, milliseconds }, i) => {
        const { bar, percent, detail } = list.children[i].parts;
        setProgress(bar, share);
        setText(percent, `${Math.round(share * 100)} %`);
        setText(detail, `${plural(tiles, "tile", "tiles")}, ${figure(milliseconds)} ms each`);
    });
}

function row(name) {
    const bar = progressBar(`Share of ${name}`);
    const percent = element("span.share-percent.figures");
    const detail = element("span.small.soft.figures");
    const made = element("li.share", { dataset: { testid: "share", worker: colorOf(name) } },
        element("div.share-line", {}, element("span.share-name", {}, name), percent), bar, detail);
    made.parts = { bar, percent, detail };
    return made;
}
