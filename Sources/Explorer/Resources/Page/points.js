// The pages as points of the map: what each is drawn as, which the search finds, which lies where.
import { coloured, quiet, unlabelled } from './colours.js';
import { known, state } from './state.js';
import { toMap, view } from './view.js';

const HIDDEN = 255, LEFT_OUT = 0, UNLABELLED = 1, FIRST_LABEL = 2;

// In the order of `known.pages`.
export const points = { xs: new Float64Array(), ys: new Float64Array(), kinds: new Uint8Array(), colours: [] };

export function setPoints() {
    points.xs = Float64Array.from(known.pages, page => page.x);
    points.ys = Float64Array.from(known.pages, page => page.y);
    points.kinds = new Uint8Array(known.pages.length);
}

// `found` has the numbers of the pages that the search finds; null for all.
export function classifyPoints(found) {
    const labels = coloured().slice(0, HIDDEN - FIRST_LABEL), hidden = new Set(state.hidden);
    const kinds = new Map(labels.map(([label], index) => [label, index + FIRST_LABEL]));
    points.colours = [quiet(), unlabelled, ...labels.map(([, colour]) => colour)];
    known.pages.forEach((page, row) => {
        const archetype = page.archetype || '', isFound = !found || found.has(page.id);
        points.kinds[row] = hidden.has(archetype) ? HIDDEN : isFound ? kinds.get(archetype) ?? UNLABELLED : LEFT_OUT;
    });
}

const isFound = row => points.kinds[row] !== HIDDEN && points.kinds[row] !== LEFT_OUT;
export const foundPages = () => known.pages.filter((_, row) => isFound(row));

// The row of the page that is found nearest to a place of the map; −1 if none is as near as `reach`.
export function nearestRow(x, y, reach = Infinity, without = new Set()) {
    let best = -1, least = reach * reach;
    for (let row = 0; row < points.xs.length; row++) {
        const distance = (points.xs[row] - x) ** 2 + (points.ys[row] - y) ** 2;
        if (distance < least && isFound(row) && !without.has(known.pages[row].id)) { least = distance; best = row; }
    }
    return best;
}

// The page under a place of the screen.
export function pageAt(x, y, reach = 12) {
    const place = toMap(x, y), row = nearestRow(place.x, place.y, reach / view.zoom);
    return row < 0 ? null : known.pages[row];
}

// The found pages between two corners of the map, the upper left and the lower right; none if they are more than `most`.
export function pagesBetween(start, end, most) {
    const rows = [];
    for (let row = 0; row < points.xs.length; row++) {
        const [x, y] = [points.xs[row], points.ys[row]];
        if (x < start.x || x > end.x || y > start.y || y < end.y || !isFound(row)) continue;
        rows.push(row);
        if (rows.length > most) return [];
    }
    return rows.map(row => known.pages[row]);
}

// The found pages within a closed line: those from which a ray crosses it an odd number of times.
export function pagesWithin(line) {
    return foundPages().filter(({ x, y }) => line.reduce((isIn, a, index) => {
        const b = line[(index + 1) % line.length];
        return (a.y > y) !== (b.y > y) && x < a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x) ? !isIn : isIn;
    }, false));
}
