// The map: a dot a page, pages themselves when few are in view.
import { thumbnail } from './api.js';
import { chooseColours, colour, ground, ink, line } from './colours.js';
import { PointLayer, drawFew } from './layers.js';
import { classifyPoints, foundPages, pagesBetween, points, setPoints } from './points.js';
import { known, state, watch } from './state.js';
import { canvas, flyTo, showAll, toMap, toScreen, view, whenMoved } from './view.js';

const context = canvas.getContext('2d');
const fewPoints = 4000;

// ---- What is on it ----

let found = null;                             // numbers of the pages that the search finds; null for all
let names = [];                               // { text, x, y }
let place = null;                             // where what is chosen lies
export const circle = [];                     // the line that is being drawn around pages, in places of the map

export function setPages() {
    chooseColours();
    setPoints();
}

export function setFound(pages) {
    found = pages;
    classify();
}

export function markPlace(point) {
    place = point;
    redraw();
}

// To be called when labels, the legend or the search have changed, not for every frame.
export function classify() {
    classifyPoints(found);
    placeNames();
    redraw();
}

export const showAllPages = () => showAll(known.pages);

export function fit() {
    const pages = foundPages();
    flyTo(pages, pages.length === known.pages.length);
}

// An archetype's name stands above its pages: fifteen colours are hard to tell apart, for some people impossible.
function placeNames() {
    const groups = Map.groupBy(foundPages().filter(({ archetype }) => archetype), ({ archetype }) => archetype);
    const at = (share, values) => values.sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];
    names = [...groups].slice(0, 40).map(([text, pages]) => ({
        text, x: at(0.5, pages.map(page => page.x)), y: at(0.9, pages.map(page => page.y)) }));
}

// ---- Painting ----

let isAwaited = false;
const layer = new PointLayer();

export function redraw() {
    if (isAwaited) return;
    isAwaited = true;
    requestAnimationFrame(() => { isAwaited = false; paint(); });
}

whenMoved(redraw);
watch(() => [state.selected, state.tray.map(({ page }) => page)], redraw);

// Benchmarks/Explorer measures it.
export function paint() {
    const { clientWidth: width, clientHeight: height } = canvas, ratio = devicePixelRatio || 1;
    if (!width || !height) return;
    fitCanvas(Math.round(width * ratio), Math.round(height * ratio));
    paintPoints(ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const few = pagesBetween(toMap(-70, -70), toMap(width + 70, height + 70), 60);
    paintThumbnails(few);
    paintNames(few.length ? 42 : 9);
    markSelected();
    for (const entry of state.tray) mark(known.byID.get(entry.page), 9, 2);
    paintCircle();
    mark(place, 12, 3);
}

function fitCanvas(width, height) {
    if (canvas.width === width && canvas.height === height) return;
    canvas.width = width;
    canvas.height = height;
}

function paintPoints(ratio) {
    const isMany = points.xs.length > fewPoints, { x: left, y: top } = toMap(0, 0);
    const radius = Math.min(7, Math.max(2, view.zoom / 90)) * (isMany ? 0.7 : 1) * ratio;
    const drawn = { ...points, scale: view.zoom * ratio, left, top, radius };
    context.setTransform(1, 0, 0, 1, 0, 0);
    if (isMany) { layer.draw(context, drawn); return; }
    context.clearRect(0, 0, canvas.width, canvas.height);
    drawFew(context, drawn);
}

function paintNames(above) {
    Object.assign(context, {
        font: '600 12px system-ui, sans-serif', textAlign: 'center', lineWidth: 3, lineJoin: 'round',
        fillStyle: ink(), strokeStyle: ground() });
    for (const name of names) {
        const [x, y] = toScreen(name);
        context.strokeText(name.text, x, y - above);
        context.fillText(name.text, x, y - above);
    }
}

function paintCircle() {
    if (circle.length < 2) return;
    context.strokeStyle = context.fillStyle = line();
    context.lineWidth = 2;
    context.setLineDash([6, 4]);
    context.beginPath();
    for (const corner of circle) context.lineTo(...toScreen(corner));
    context.closePath();
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 0.12;
    context.fill('evenodd');
    context.globalAlpha = 1;
}

function markSelected() {
    context.strokeStyle = ink();
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
    context.beginPath();
    context.arc(...toScreen(point), radius, 0, 7);
    // It may lie on a page, which is white in the dark too.
    for (const [colour, wide] of [[ground(), width + 2], [ink(), width]]) {
        context.strokeStyle = colour;
        context.lineWidth = wide;
        context.stroke();
    }
}

// ---- Pages themselves ----

const thumbnails = new Map();                 // page to its picture
const longest = 72, gap = 4;                  // pixels

// Where pages lie close together some stay dots: the same ones wherever the map is moved.
function paintThumbnails(pages) {
    const taken = [], chosen = known.byID.get(state.page);
    const isFree = box => taken.every(other => box.left >= other.right + gap || box.right + gap <= other.left
        || box.top >= other.bottom + gap || box.bottom + gap <= other.top);
    for (const page of pages.includes(chosen) ? [chosen, ...pages] : pages) {
        const box = boxOf(page);
        if (!isFree(box)) continue;
        taken.push(box);
        paintThumbnail(page, box);
    }
}

function boxOf(page) {
    const [x, y] = toScreen(page), scale = longest / Math.max(page.width, page.height);
    const [width, height] = [page.width * scale, page.height * scale], [left, top] = [x - width / 2, y - height / 2];
    return { left, top, width, height, right: left + width, bottom: top + height };
}

function paintThumbnail(page, { left, top, width, height }) {
    const image = thumbnailOf(page.id);
    if (!image.complete || !image.naturalWidth) return;
    context.drawImage(image, left, top, width, height);
    context.strokeStyle = colour(page.archetype);
    context.lineWidth = 2;
    context.strokeRect(left, top, width, height);
}

// One that could not be had is asked for again later: the server may have been away.
function thumbnailOf(id) {
    const kept = thumbnails.get(id), isToBeTriedAgain = kept?.failed < performance.now() - 5000;
    if (kept && !isToBeTriedAgain) return kept;
    const image = new Image();
    image.onload = redraw;
    image.onerror = () => { image.failed = performance.now(); };
    image.src = thumbnail(id);
    thumbnails.set(id, image);
    if (thumbnails.size > 2000) thumbnails.delete(thumbnails.keys().next().value);
    return image;
}
