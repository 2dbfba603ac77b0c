// Which part of the map is seen, and how it moves.
import { $ } from './page.js';

export const canvas = $('canvas');
export const view = { x: 0, y: 0, zoom: 1 };  // the place at the centre, and pixels for a unit of it
const calm = matchMedia('(prefers-reduced-motion: reduce)');
const [leastZoom, mostZoom] = [20, 1e5];
const clamped = zoom => Math.max(leastZoom, Math.min(zoom, mostZoom));

const listeners = [];
export const whenMoved = listener => { listeners.push(listener); };

// Whether all is in sight and nobody has moved since: then a window of another size still shows all.
let whole = null;                             // the pages, if so
let flight = 0;                               // the number of the last one

// ---- Places of the map, and of the screen ----

export const toScreen = point => [
    canvas.clientWidth / 2 + (point.x - view.x) * view.zoom, canvas.clientHeight / 2 - (point.y - view.y) * view.zoom];
export const toMap = (x, y) => ({
    x: view.x + (x - canvas.clientWidth / 2) / view.zoom, y: view.y - (y - canvas.clientHeight / 2) / view.zoom });

// ---- Moving ----

function move({ x, y, zoom }) {
    Object.assign(view, { x, y, zoom: clamped(zoom) });
    for (const listener of listeners) listener();
}

export function setView(target) {
    flight++;
    whole = null;
    move(target);
}

export const pan = (x, y) => setView({ ...view, x: view.x - x / view.zoom, y: view.y + y / view.zoom });

export function zoomAt(factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
    const zoom = clamped(view.zoom * factor), place = toMap(x, y), kept = view.zoom / zoom;
    setView({ x: place.x + (view.x - place.x) * kept, y: place.y + (view.y - place.y) * kept, zoom });
}

export function fly(target) {
    const start = { ...view }, began = performance.now(), number = ++flight;
    whole = null;
    const step = now => {
        if (number !== flight) return;
        const t = calm.matches ? 1 : Math.min(1, Math.max(0, (now - began) / 250)), eased = t * (2 - t);
        move({
            x: start.x + (target.x - start.x) * eased, y: start.y + (target.y - start.y) * eased,
            zoom: start.zoom * (target.zoom / start.zoom) ** eased });
        if (t < 1) requestAnimationFrame(step);
    };
    step(began);
}

// ---- All of some pages ----

export function showAll(pages) {
    if (!pages.length) return;
    setView(viewOf(pages));
    whole = pages;
}

export function flyTo(pages, areAll) {
    if (!pages.length) return;
    fly(viewOf(pages));
    whole = areAll ? pages : null;
}

function viewOf(pages) {
    let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const { x, y } of pages) {
        left = Math.min(left, x); right = Math.max(right, x);
        bottom = Math.min(bottom, y); top = Math.max(top, y);
    }
    const buttons = 50;                       // pixels at the left, where they would lie on names
    const zoom = clamped(Math.min(
        (canvas.clientWidth - 140 - buttons) / Math.max(right - left, 0.05),
        (canvas.clientHeight - 60) / Math.max(top - bottom, 0.05)));
    return { x: (left + right - buttons / zoom) / 2, y: (top + bottom) / 2, zoom };
}

new ResizeObserver(() => {
    if (whole) showAll(whole); else for (const listener of listeners) listener();
}).observe(canvas);
