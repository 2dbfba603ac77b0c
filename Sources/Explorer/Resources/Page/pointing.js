// What the mouse, fingers and keys do on the map.
import { picture, thumbnail } from './api.js';
import { choose, chooseNothing, choosePage, name } from './choice.js';
import { circle, fit, redraw } from './map.js';
import { $, oneColumn, reveal, setFigure } from './page.js';
import { nearestRow, pageAt, pagesWithin } from './points.js';
import { select, toggle } from './selection.js';
import { known, state } from './state.js';
import { canvas, fly, pan, toMap, view, zoomAt } from './view.js';
import { latest } from './work.js';

// ---- The lens: what lies under the pointer ----

let asked = null;                             // the lens's request

function closeLens() {
    $('lens').hidden = true;
    asked?.abort();
}

const look = latest(async (x, y) => {
    if (!canvas.matches(':hover')) return;
    const page = pageAt(x, y);
    canvas.classList.toggle('over', !!page);
    if (page) setFigure($('lens'), thumbnail(page.id), name(page));
    else if (!await drawPlace(toMap(x, y))) return;
    if (!canvas.matches(':hover') || touches.size) { $('lens').hidden = true; return; }
    placeLens(x, y);
});

// Whether it could be drawn, and the pointer did not go elsewhere.
async function drawPlace(point) {
    asked = new AbortController();
    try {
        const image = await picture('/api/decode', { point, size: state.size }, { signal: asked.signal });
        setFigure($('lens'), image, 'drawn from this place');
        return true;
    } catch { return false; }
}

function placeLens(x, y) {
    const right = x > canvas.clientWidth - 250, low = y > canvas.clientHeight - 330;
    $('lens').style.left = `${right ? Math.max(0, x - 232) : x + 18}px`;
    $('lens').style.top = low ? 'auto' : `${y + 18}px`;
    $('lens').style.bottom = low ? `${canvas.clientHeight - y + 18}px` : 'auto';
}

// ---- Mouse and fingers ----

const touches = new Map();
let moved = 0, isLasso = false;               // whether the pointer draws a line around pages

const lassoes = () => $('lasso').ariaPressed === 'true';
function setLasso(value) {
    $('lasso').ariaPressed = value;
    canvas.classList.toggle('lasso', value);
}
$('lasso').onclick = () => setLasso(!lassoes());

function endLasso(isAdded) {
    const within = pagesWithin(circle.splice(0));
    isLasso = false;
    redraw();
    setLasso(false);
    if (within.length) select(within.map(page => page.id), { add: isAdded });
}

canvas.addEventListener('pointerdown', event => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    touches.set(event.pointerId, event);
    moved = 0;
    isLasso = touches.size === 1 && (event.shiftKey || lassoes());
    circle.length = 0;
    if (isLasso) circle.push(toMap(event.offsetX, event.offsetY));
});
canvas.addEventListener('pointermove', event => {
    const before = touches.get(event.pointerId);
    if (!before) { if (event.pointerType !== 'touch') look(event.offsetX, event.offsetY); return; }
    const [x, y] = [event.offsetX - before.offsetX, event.offsetY - before.offsetY];
    moved += Math.abs(x) + Math.abs(y);
    if (touches.size === 2) pinch(before, event); else if (isLasso) lengthenLine(event); else if (moved > 4) drag(x, y);
    touches.set(event.pointerId, event);
});

function pinch(before, after) {
    const [other] = [...touches.values()].filter(({ pointerId }) => pointerId !== after.pointerId);
    const apart = touch => Math.hypot(touch.offsetX - other.offsetX, touch.offsetY - other.offsetY) || 1;
    zoomAt(apart(after) / apart(before), other.offsetX, other.offsetY);
}

function lengthenLine(event) {
    closeLens();
    circle.push(toMap(event.offsetX, event.offsetY));
    redraw();
}

function drag(x, y) {
    closeLens();
    canvas.classList.add('grabbed');
    pan(x, y);
}

canvas.addEventListener('pointerup', event => {
    if (!touches.has(event.pointerId)) return;
    const isClick = touches.size === 1 && moved <= 4;
    touches.delete(event.pointerId);
    canvas.classList.remove('grabbed');
    if (isLasso && !isClick) { endLasso(event.shiftKey); return; }
    isLasso = false;
    if (isClick) click(event);
});

function click(event) {
    const page = pageAt(event.offsetX, event.offsetY);
    if (page && event.shiftKey) { toggle(page.id); return; }
    if (page) choosePage(page.id); else choose({ recipe: { point: toMap(event.offsetX, event.offsetY) } });
    reveal();
}

canvas.addEventListener('pointercancel', event => {
    touches.delete(event.pointerId);
    isLasso = false;
    circle.length = 0;
    redraw();
    canvas.classList.remove('grabbed');
});
canvas.addEventListener('pointerleave', closeLens);
canvas.addEventListener('wheel', event => {
    // In one column the map fills the window: the wheel is needed to come past it. A pinch comes as a wheel with Ctrl.
    if (oneColumn.matches && !event.ctrlKey) return;
    event.preventDefault();
    closeLens();
    zoomAt(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), event.offsetX, event.offsetY);
}, { passive: false });

// ---- Keys ----

let walked = new Set();

function chooseNearest() {
    const row = nearestRow(view.x, view.y);
    walked = new Set();
    if (row >= 0) choosePage(known.pages[row].id);
}

// On from page to page, each time to the nearest where one has not been.
function chooseNext() {
    const start = known.byID.get(state.page) || view;
    if (state.page !== null) walked.add(state.page);
    const row = nearestRow(start.x, start.y, Infinity, walked);
    if (row < 0) return;
    const page = known.pages[row];
    choosePage(page.id);
    fly({ ...view, x: page.x, y: page.y });
}

canvas.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 200 : 50;
    const actions = {
        ArrowLeft: () => pan(step, 0), ArrowRight: () => pan(-step, 0), ArrowUp: () => pan(0, step),
        ArrowDown: () => pan(0, -step), '+': () => zoomAt(1.25), '=': () => zoomAt(1.25), '-': () => zoomAt(0.8),
        0: fit, Enter: chooseNearest, n: chooseNext, s: () => { if (state.page !== null) toggle(state.page); },
        Escape: chooseNothing,
    };
    const action = actions[event.key] || actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    closeLens();
    action();
});
$('in').onclick = () => zoomAt(1.5);
$('out').onclick = () => zoomAt(1 / 1.5);
$('fit').onclick = fit;
