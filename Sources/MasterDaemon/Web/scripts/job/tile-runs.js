// Which pieces of the picture to fetch for tiles that are finished. Pure: node can check it.
// A rectangle is {column, row, columns, rows}, counted in tiles.

/** The fewest simple rectangles that hold exactly these tiles: runs in a row, joined with equal runs of the row below. */
export function rectangles(positions, gridColumns) {
    const sorted = [...new Set(positions)].sort((a, b) => a - b);
    const finished = [];
    let above = new Map();
    let below = new Map();
    let row = -1;
    let run = null;

    const close = () => {
        if (!run) return;
        const key = `${run.column}:${run.columns}`;
        const grown = above.get(key);
        if (grown) {
            grown.rows += 1;
            above.delete(key);
            below.set(key, grown);
        } else below.set(key, run);
        run = null;
    };
    const nextRow = (to) => {
        close();
        finished.push(...above.values());
        above = below;
        below = new Map();
        // A row without any tile ends all that grew.
        if (to !== row + 1) {
            finished.push(...above.values());
            above = new Map();
        }
        row = to;
    };

    for (const position of sorted) {
        const column = position % gridColumns;
        const itsRow = Math.floor(position / gridColumns);
        if (itsRow !== row) nextRow(itsRow);
        if (run && run.column + run.columns === column) run.columns += 1;
        else {
            close();
            run = { column, row, columns: 1, rows: 1 };
        }
    }
    close();
    finished.push(...above.values(), ...below.values());
    return finished.sort((a, b) => a.row - b.row || a.column - b.column);
}

/** The smallest rectangle around two. */
function around(a, b) {
    const column = Math.min(a.column, b.column);
    const row = Math.min(a.row, b.row);
    return {
        column,
        row,
        columns: Math.max(a.column + a.columns, b.column + b.columns) - column,
        rows: Math.max(a.row + a.rows, b.row + b.rows) - row,
    };
}

const area = ({ columns, rows }) => columns * rows;

/**
 * At most `most` requests for these tiles. Each is a `box` to fetch and the `parts` of it that are finished and may be
 * drawn: where tiles lie scattered, a box holds unfinished ones, too, for one larger request is cheaper than many small ones.
 */
export function batches(positions, gridColumns, most) {
    const found = rectangles(positions, gridColumns).map((box) => ({ box, parts: [box] }));
    // Too many to weigh pair by pair: by halves of the list first, which is in reading order.
    const all = found.length > 128 ? chunks(found, 128) : found;
    while (all.length > most) {
        let best = 0;
        let least = Infinity;
        for (let i = 0; i + 1 < all.length; i += 1) {
            const waste = area(around(all[i].box, all[i + 1].box)) - area(all[i].box) - area(all[i + 1].box);
            if (waste < least) [best, least] = [i, waste];
        }
        all.splice(best, 2, joined(all[best], all[best + 1]));
    }
    return all;
}

const joined = (a, b) => ({ box: around(a.box, b.box), parts: [...a.parts, ...b.parts] });

function chunks(list, number) {
    const size = Math.ceil(list.length / number);
    const result = [];
    for (let i = 0; i < list.length; i += size) result.push(list.slice(i, i + size).reduce(joined));
    return result;
}

/** The positions in a rectangle. */
export function positionsIn({ column, row, columns, rows }, gridColumns) {
    const result = [];
    for (let y = row; y < row + rows; y += 1) for (let x = column; x < column + columns; x += 1) result.push(y * gridColumns + x);
    return result;
}

/** A rectangle of tiles in the image's own pixels; the last column and row are cut off by the image's edge. */
export function inPixels({ column, row, columns, rows }, tileSize, { width, height }) {
    const x = column * tileSize;
    const y = row * tileSize;
    return { x, y, w: Math.min(width, x + columns * tileSize) - x, h: Math.min(height, y + rows * tileSize) - y };
}
