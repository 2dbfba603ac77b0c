// The map: a dot a page, pages themselves when few are in view.
import { thumbnail } from './api.js';
import { PointLayer, drawFew } from './layers.js';
import { keepLink } from './link.js';
import { $ } from './page.js';
import { known, state } from './state.js';

export const canvas = $('canvas');
export const view = { x: 0, y: 0, zoom: 1 };  // the place at the centre, and pixels for a unit of it
export const marked = { place: null };        // where what is chosen lies
const context = canvas.getContext('2d');
const calm = matchMedia('(prefers-reduced-motion: reduce)'), dark = matchMedia('(prefers-color-scheme: dark)');
const [leastZoom, mostZoom] = [20, 1e5];
const fewPoints = 4000;
const HIDDEN = 255, LEFT_OUT = 0;

// ---- Colours ----

const colours = new Map();                    // archetype to [red, green, blue]

function rgb(hue, saturation, light) {
    const part = n => {
        const k = (n + hue / 30) % 12;
        return Math.round(255 * (light - saturation * Math.min(light, 1 - light) * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
    };
    return [part(0), part(8), part(4)];
}

// Contrast with a ground of some luminance, as WCAG has it: signs need 3.
function contrast(colour, ground) {
    const [r, g, b] = colour.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    const [less, more] = [0.2126 * r + 0.7152 * g + 0.0722 * b, ground].sort((x, y) => x - y);
    return (more + 0.05) / (less + 0.05);
}

let hues = [];                                // of each archetype, in degrees

// Those that pages have at first lie as far from each other as their number allows, the others between them.
function chooseHues() {
    const present = new Set(known.pages.map(({ archetype }) => archetype));
    const [shown, others] = [true, false].map(is => known.space.archetypes.filter(name => present.has(name) === is));
    hues = [...shown.map((name, index) => [name, 360 * index / shown.length]),
        ...others.map((name, index) => [name, 360 * (index + 0.5) / (shown.length || others.length)])];
}

function colourArchetypes() {
    hues.forEach(([archetype, hue], index) => {
        let light = (dark.matches ? 0.72 : 0.48) + (index % 2 ? 0.08 : -0.04), made;
        do {
            made = rgb(hue, 0.72, light);
            light += dark.matches ? 0.02 : -0.02;
        } while (contrast(made, dark.matches ? 0.01 : 1) < 3);
        colours.set(archetype, made);
    });
}

export const colour = archetype => `rgb(${(colours.get(archetype) || [136, 136, 136]).join(' ')})`;
const quiet = () => dark.matches ? [68, 68, 68] : [221, 221, 221];
export const whenDark = action => dark.addEventListener('change', () => { colourArchetypes(); classify(); action(); });

// ---- Points ----

const points = { xs: new Float64Array(), ys: new Float64Array(), kinds: new Uint8Array(), colours: [] };
let found = null;                             // numbers of the pages that the search finds; null for all

export function setPages() {
    chooseHues();
    colourArchetypes();
    points.xs = Float64Array.from(known.pages, page => page.x);
    points.ys = Float64Array.from(known.pages, page => page.y);
    points.kinds = new Uint8Array(known.pages.length);
    classify();
}

// What each point is drawn as: called when labels, the legend or the search change, not for every frame.
export function classify() {
    const labels = [...colours.keys()].slice(0, HIDDEN - 2), hidden = new Set(state.hidden);
    const kinds = new Map(labels.map((label, index) => [label, index + 2]));
    points.colours = [quiet(), [136, 136, 136], ...labels.map(label => colours.get(label))];
    known.pages.forEach((page, row) => {
        const archetype = page.archetype || '';
        points.kinds[row] = hidden.has(archetype) ? HIDDEN : found && !found.has(page.id) ? LEFT_OUT : kinds.get(archetype) ?? 1;
    });
    placeNames(hidden);
    redraw();
}

// An archetype's name stands above its pages: fifteen colours are hard to tell apart, for some people impossible.
let names = [];

function placeNames(hidden) {
    const groups = new Map();
    known.pages.forEach((page, row) => {
        if (!page.archetype || hidden.has(page.archetype) || !isFound(row)) return;
        if (!groups.has(page.archetype)) groups.set(page.archetype, []);
        groups.get(page.archetype).push(page);
    });
    const at = (share, values) => values.sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];
    names = [...groups].slice(0, 40).map(([text, pages]) => ({
        text, x: at(0.5, pages.map(page => page.x)), y: at(0.9, pages.map(page => page.y)) }));
}

function paintName(name, above) {
    const [x, y] = toScreen(name);
    context.strokeText(name.text, x, y - above);
    context.fillText(name.text, x, y - above);
}

export function setFound(pages) {
    found = pages;
    classify();
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

const toScreen = point => [
    canvas.clientWidth / 2 + (point.x - view.x) * view.zoom, canvas.clientHeight / 2 - (point.y - view.y) * view.zoom];
export const toMap = (x, y) => ({
    x: view.x + (x - canvas.clientWidth / 2) / view.zoom, y: view.y - (y - canvas.clientHeight / 2) / view.zoom });

// ---- Painting ----

let isAwaited = false;
const layer = new PointLayer();

export function redraw() {
    if (isAwaited) return;
    isAwaited = true;
    requestAnimationFrame(() => { isAwaited = false; paint(); });
}

function paint() {
    const [width, height, ratio] = [canvas.clientWidth, canvas.clientHeight, devicePixelRatio || 1];
    if (!width || !height) return;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
        canvas.width = Math.round(width * ratio);
        canvas.height = Math.round(height * ratio);
    }
    const isMany = points.xs.length > fewPoints, { x: left, y: top } = toMap(0, 0);
    const radius = Math.min(7, Math.max(2, view.zoom / 90)) * (isMany ? 0.7 : 1) * ratio;
    const drawn = { ...points, scale: view.zoom * ratio, left, top, radius };
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (isMany) layer.draw(context, drawn); else {
        context.clearRect(0, 0, canvas.width, canvas.height);
        drawFew(context, drawn);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const few = inView(60);
    for (const page of few) paintThumbnail(page);
    Object.assign(context, {
        font: '600 12px system-ui, sans-serif', textAlign: 'center', lineWidth: 3, lineJoin: 'round',
        fillStyle: dark.matches ? '#fff' : '#111', strokeStyle: dark.matches ? '#181816' : '#fff' });
    for (const name of names) paintName(name, few.length ? 42 : 9);
    markSelected();
    for (const entry of state.tray) mark(known.byID.get(entry.page), 9, 2);
    paintCircle();
    if (marked.place) mark(marked.place, 12, 3);
}

// The found pages in view, if they are few.
function inView(most) {
    const start = toMap(-70, -70), end = toMap(canvas.clientWidth + 70, canvas.clientHeight + 70), rows = [];
    for (let row = 0; row < points.xs.length; row++) {
        const [x, y] = [points.xs[row], points.ys[row]];
        if (x < start.x || x > end.x || y > start.y || y < end.y || !isFound(row)) continue;
        rows.push(row);
        if (rows.length > most) return [];
    }
    return rows.map(row => known.pages[row]);
}

const thumbnails = new Map();

function paintThumbnail(page) {
    let image = thumbnails.get(page.id);
    if (!image) {
        image = new Image();
        image.onload = redraw;
        image.src = thumbnail(page.id);
        thumbnails.set(page.id, image);
        if (thumbnails.size > 2000) thumbnails.delete(thumbnails.keys().next().value);
    }
    if (!image.complete || !image.naturalWidth) return;
    const [x, y] = toScreen(page), scale = 72 / Math.max(image.naturalWidth, image.naturalHeight);
    const [w, h] = [image.naturalWidth * scale, image.naturalHeight * scale];
    context.drawImage(image, x - w / 2, y - h / 2, w, h);
    context.strokeStyle = colour(page.archetype);
    context.lineWidth = 2;
    context.strokeRect(x - w / 2, y - h / 2, w, h);
}

// The line that is being drawn around pages, in places of the map.
export const circle = [];

function paintCircle() {
    if (circle.length < 2) return;
    context.strokeStyle = context.fillStyle = dark.matches ? '#8fbfff' : '#0b55b0';
    context.lineWidth = 2;
    context.setLineDash([6, 4]);
    context.beginPath();
    for (const place of circle) context.lineTo(...toScreen(place));
    context.closePath();
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 0.12;
    context.fill('evenodd');
    context.globalAlpha = 1;
}

// The found pages within a closed line: those from which a ray crosses it an odd number of times.
export function pagesWithin(line) {
    return foundPages().filter(({ x, y }) => line.reduce((isIn, a, index) => {
        const b = line[(index + 1) % line.length];
        return (a.y > y) !== (b.y > y) && x < a.x + (y - a.y) / (b.y - a.y) * (b.x - a.x) ? !isIn : isIn;
    }, false));
}

function markSelected() {
    context.strokeStyle = dark.matches ? '#fff' : '#000';
    context.lineWidth = 1;
    context.beginPath();
    for (const id of state.selected.slice(0, 5000)) {
        const [x, y] = toScreen(known.byID.get(id));
        context.moveTo(x + 6, y);
        context.arc(x, y, 6, 0, 7);
    }
    context.stroke();
}

function mark(point, radius, width) {
    if (!point) return;
    const [x, y] = toScreen(point);
    context.strokeStyle = dark.matches ? '#fff' : '#000';
    context.lineWidth = width;
    context.beginPath();
    context.arc(x, y, radius, 0, 7);
    context.stroke();
}

// ---- Moving ----

const clamped = zoom => Math.max(leastZoom, Math.min(zoom, mostZoom));

// The view that shows some pages.
function viewOf(pages) {
    let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const { x, y } of pages) {
        left = Math.min(left, x); right = Math.max(right, x);
        bottom = Math.min(bottom, y); top = Math.max(top, y);
    }
    const buttons = 50;  // pixels at the left, where they would lie on names
    const zoom = clamped(Math.min(
        (canvas.clientWidth - 140 - buttons) / Math.max(right - left, 0.05),
        (canvas.clientHeight - 60) / Math.max(top - bottom, 0.05)));
    return { x: (left + right - buttons / zoom) / 2, y: (top + bottom) / 2, zoom };
}

export function setView({ x, y, zoom }) {
    Object.assign(view, { x, y, zoom: clamped(zoom) });
    redraw();
}

// Whether all is in sight and nobody has moved since: then a window of another size still shows all.
let isWhole = false;

export function showAll() {
    if (known.pages.length) setView(viewOf(known.pages));
    isWhole = true;
}

export function fit() {
    const pages = foundPages();
    if (pages.length) fly(viewOf(pages));
    isWhole = pages.length === known.pages.length;
}

let flight = 0;
export function fly(target) {
    const start = { ...view }, began = performance.now(), number = ++flight;
    isWhole = false;
    const step = now => {
        if (number !== flight) return;
        const t = calm.matches ? 1 : Math.min(1, Math.max(0, (now - began) / 250)), eased = t * (2 - t);
        setView({
            x: start.x + (target.x - start.x) * eased, y: start.y + (target.y - start.y) * eased,
            zoom: start.zoom * (target.zoom / start.zoom) ** eased });
        if (t < 1) requestAnimationFrame(step); else keepLink();
    };
    step(began);
}

export function zoomAt(factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
    flight++;
    isWhole = false;
    const before = toMap(x, y);
    view.zoom = clamped(view.zoom * factor);
    const after = toMap(x, y);
    view.x += before.x - after.x;
    view.y += before.y - after.y;
    redraw();
    keepLink();
}

export function pan(x, y) {
    flight++;
    isWhole = false;
    view.x -= x / view.zoom;
    view.y += y / view.zoom;
    redraw();
    keepLink();
}

new ResizeObserver(() => { if (isWhole) showAll(); else redraw(); }).observe(canvas);
