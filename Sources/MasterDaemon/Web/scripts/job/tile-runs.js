// Chooses which pieces of the picture to fetch for finished tiles. Pure: node can check it.
// A rectangle is {column, row, columns, rows}, counted in tiles.

/** Splits tiles into few rectangles: runs in a row, joined with equal runs of the row below. */
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
        // A row without tiles ends all open rectangles.
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

/** The smallest rectangle that contains two others. */
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

/** If there are more rectangles, only the first ones in reading order are considered. The others follow later. */
const mostConsidered = 256;

/**
 * At most `most` rectangles to fetch for these tiles, those with the most tiles first. All tiles of a rectangle are
 * finished, because scaling down mixes neighbours. Two rectangles with only finished tiles between them are joined,
 * because one larger request is cheaper than two small ones.
 * @param {(position: number) => boolean} isFinished
 */
export function pieces(positions, gridColumns, most, isFinished) {
    const joinedOnes = [];
    for (const box of rectangles(positions, gridColumns).slice(0, mostConsidered)) {
        const next = { box, wanted: area(box) };
        const partner = joinedOnes.findIndex((one) => mayJoin(one, next, gridColumns, isFinished));
        if (partner < 0) joinedOnes.push(next);
        else joinedOnes[partner] = { box: around(joinedOnes[partner].box, box), wanted: joinedOnes[partner].wanted + next.wanted };
    }
    return joinedOnes.sort((a, b) => b.wanted - a.wanted).slice(0, most).map(({ box }) => box);
}

/** Refuses a union in which old tiles would outnumber new ones. */
function mayJoin(a, b, gridColumns, isFinished) {
    const box = around(a.box, b.box);
    const wanted = a.wanted + b.wanted;
    return area(box) <= wanted * 2 && positionsIn(box, gridColumns).every(isFinished);
}

/** The positions in a rectangle. */
export function positionsIn({ column, row, columns, rows }, gridColumns) {
    const result = [];
    for (let y = row; y < row + rows; y += 1) for (let x = column; x < column + columns; x += 1) result.push(y * gridColumns + x);
    return result;
}

/** A rectangle of tiles in pixels of the image. The image's edge cuts the last column and row. */
export function inPixels({ column, row, columns, rows }, tileSize, { width, height }) {
    const x = column * tileSize;
    const y = row * tileSize;
    return { x, y, w: Math.min(width, x + columns * tileSize) - x, h: Math.min(height, y + rows * tileSize) - y };
}
