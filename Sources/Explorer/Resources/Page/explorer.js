// The explorer's page. It talks to /api alone (see /api/openapi.json) and keeps what it shows in one object, `state`,
// of which the link holds all that is needed to see the same again.
'use strict';

const $ = id => document.getElementById(id);
const canvas = $('canvas'), context = canvas.getContext('2d');
const calm = matchMedia('(prefers-reduced-motion: reduce)'), dark = matchMedia('(prefers-color-scheme: dark)');

let space, pages = [], byID = new Map(), colours = new Map();
let state = { recipe: null, page: null, upload: null, toward: '', amount: 0, tray: [], pins: [], hidden: [] };
let view = { x: 0, y: 0, zoom: 1 };           // the map's place at the centre, and pixels for a unit of it
let found = null;                             // numbers of the pages that the search finds; null for all
let place = null;                             // where what is chosen lies
const past = [];

// ---- Talking to the server ----

class Failure extends Error {}

async function ask(path, body, type) {
    const options = body === undefined ? {} : {
        method: 'POST', headers: { 'Content-Type': type || 'application/json' },
        body: type ? body : JSON.stringify(body),
    };
    for (let attempt = 0; ; attempt++) {
        let answer;
        try { answer = await fetch(path, options); } catch { throw new Failure('The server does not answer.'); }
        if (answer.status === 503 && attempt < 5) {
            await new Promise(done => setTimeout(done, 1000 * (Number(answer.headers.get('Retry-After')) || 1)));
            continue;
        }
        if (answer.ok) return answer;
        const { error } = await answer.json().catch(() => ({ error: { message: answer.statusText } }));
        throw new Failure(error.message + (error.remedy ? ` (${error.remedy})` : ''));
    }
}

const json = async (path, body) => (await ask(path, body)).json();
const picture = async (path, body) => URL.createObjectURL(await (await ask(path, body)).blob());

function say(message) {
    $('message').textContent = message || '';
    $('message').hidden = !message;
}

// Whatever a person starts: a failure is told, not thrown away.
const doing = action => async (...values) => {
    try { await action(...values); say(''); } catch (error) {
        say(error.message);
        if (!(error instanceof Failure)) console.error(error);
    }
};

// Runs one request at a time; of those that come meanwhile only the last.
function latest(action) {
    let busy = false, next = null;
    return async function run(...values) {
        if (busy) { next = values; return; }
        busy = true;
        try { await action(...values); } finally {
            busy = false;
            if (next) { const values = next; next = null; run(...values); }
        }
    };
}

function show(figure, address, text) {
    const image = figure.querySelector('img');
    if (image.src.startsWith('blob:')) URL.revokeObjectURL(image.src);
    image.src = address;
    if (text !== undefined) figure.querySelector('figcaption').textContent = text;
    figure.hidden = false;
}

function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
}

const thumbnail = id => `/api/pages/${id}/thumbnail.png`;
const name = page => page.path.split('/').pop();
const size = () => ({ width: Number($('width').value), height: Number($('height').value) });

// ---- The map ----

let thumbnails = new Map(), drawing = false;

// Places of all pages on the screen and their colours, so that 50,000 points are a few calls.
function colour(archetype) { return colours.get(archetype || '') || '#888'; }

function colourArchetypes() {
    const names = [...space.archetypes, ''];
    names.forEach((archetype, index) => {
        const hue = 360 * index / Math.max(names.length - 1, 1);
        const light = (dark.matches ? 72 : 48) + (index % 2 ? 8 : -4);
        colours.set(archetype, archetype ? `hsl(${hue.toFixed(0)} 72% ${light}%)` : '#888');
    });
}

const isShown = page => !state.hidden.includes(page.archetype || '');
const isFound = page => isShown(page) && (!found || found.has(page.id));
const toScreen = point => [
    canvas.clientWidth / 2 + (point.x - view.x) * view.zoom, canvas.clientHeight / 2 - (point.y - view.y) * view.zoom];
const toMap = (x, y) => ({
    x: view.x + (x - canvas.clientWidth / 2) / view.zoom, y: view.y - (y - canvas.clientHeight / 2) / view.zoom });

function redraw() {
    if (drawing) return;
    drawing = true;
    requestAnimationFrame(() => { drawing = false; paint(); });
}

function paint() {
    const [width, height, ratio] = [canvas.clientWidth, canvas.clientHeight, devicePixelRatio || 1];
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
        canvas.width = Math.round(width * ratio);
        canvas.height = Math.round(height * ratio);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const groups = new Map(), near = [];
    for (const page of pages) {
        if (!isShown(page)) continue;
        const [x, y] = toScreen(page);
        if (x < -70 || y < -70 || x > width + 70 || y > height + 70) continue;
        const key = isFound(page) ? page.archetype || '' : null;
        if (!groups.has(key)) groups.set(key, []);
        groups.get(key).push(x, y);
        if (key !== null) near.push([page, x, y]);
    }
    const radius = Math.min(7, Math.max(2, view.zoom / 90)) * (pages.length > 5000 ? 0.7 : 1);
    for (const [key, points] of [...groups].sort((a, b) => (a[0] === null ? -1 : 0) - (b[0] === null ? -1 : 0))) {
        context.fillStyle = key === null ? (dark.matches ? '#444' : '#ddd') : colour(key);
        if (pages.length > 5000) {      // squares are several times as fast as circles
            const side = 1.8 * radius;
            for (let i = 0; i < points.length; i += 2) context.fillRect(points[i] - side / 2, points[i + 1] - side / 2, side, side);
            continue;
        }
        context.beginPath();
        for (let i = 0; i < points.length; i += 2) {
            context.moveTo(points[i] + radius, points[i + 1]);
            context.arc(points[i], points[i + 1], radius, 0, 7);
        }
        context.fill();
    }
    if (near.length <= 60) near.forEach(([page, x, y]) => paintThumbnail(page, x, y));
    for (const entry of state.tray) mark(byID.get(entry.page), 9, 2);
    if (place) mark(place, 12, 3);
}

function paintThumbnail(page, x, y) {
    let image = thumbnails.get(page.id);
    if (!image) {
        image = new Image();
        image.onload = redraw;
        image.src = thumbnail(page.id);
        thumbnails.set(page.id, image);
        if (thumbnails.size > 2000) thumbnails.delete(thumbnails.keys().next().value);
    }
    if (!image.complete || !image.naturalWidth) return;
    const scale = 72 / Math.max(image.naturalWidth, image.naturalHeight);
    const [w, h] = [image.naturalWidth * scale, image.naturalHeight * scale];
    context.drawImage(image, x - w / 2, y - h / 2, w, h);
    context.strokeStyle = colour(page.archetype);
    context.lineWidth = 2;
    context.strokeRect(x - w / 2, y - h / 2, w, h);
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

function nearest(x, y, reach = 12) {
    let best = null, least = reach * reach;
    for (const page of pages) {
        if (!isFound(page)) continue;
        const [a, b] = toScreen(page), distance = (a - x) ** 2 + (b - y) ** 2;
        if (distance < least) { least = distance; best = page; }
    }
    return best;
}

// The view that shows some pages, beside the legend.
function viewOf(points) {
    let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
    for (const { x, y } of points) {
        left = Math.min(left, x); right = Math.max(right, x);
        bottom = Math.min(bottom, y); top = Math.max(top, y);
    }
    const legend = $('legend').open ? $('legend').offsetWidth : 40;
    const zoom = Math.min(
        (canvas.clientWidth - 60 - legend) / Math.max(right - left, 0.05),
        (canvas.clientHeight - 60) / Math.max(top - bottom, 0.05));
    const clamped = Math.max(20, Math.min(zoom, 1e5));
    return { x: (left + right) / 2 - legend / 2 / clamped, y: (top + bottom) / 2, zoom: clamped };
}

function fit() {
    const points = pages.filter(isFound);
    if (points.length) fly(viewOf(points));
}

let flight = 0;
function fly(target) {
    const start = { ...view }, began = performance.now(), number = ++flight;
    const step = now => {
        if (number !== flight) return;
        const t = calm.matches ? 1 : Math.min(1, Math.max(0, (now - began) / 250)), eased = t * (2 - t);
        view.x = start.x + (target.x - start.x) * eased;
        view.y = start.y + (target.y - start.y) * eased;
        view.zoom = start.zoom * (target.zoom / start.zoom) ** eased;
        redraw();
        if (t < 1) requestAnimationFrame(step); else keepLink();
    };
    step(began);
}

function zoomAt(factor, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
    flight++;
    const before = toMap(x, y);
    view.zoom = Math.max(20, Math.min(view.zoom * factor, 1e5));
    const after = toMap(x, y);
    view.x += before.x - after.x;
    view.y += before.y - after.y;
    redraw();
    keepLink();
}

function pan(x, y) {
    flight++;
    view.x -= x / view.zoom;
    view.y += y / view.zoom;
    redraw();
    keepLink();
}

// ---- Pointing at the map ----

const touches = new Map();
let moved = 0;

const look = latest(async (x, y) => {
    const page = nearest(x, y), point = toMap(x, y);
    if (page) {
        show($('lens'), thumbnail(page.id), name(page));
    } else {
        try { show($('lens'), await picture('/api/decode', { point, size: size() }), 'drawn from this place'); } catch { return; }
    }
    if (!canvas.matches(':hover')) { $('lens').hidden = true; return; }
    const right = x > canvas.clientWidth - 250, low = y > canvas.clientHeight - 330;
    $('lens').style.left = `${right ? x - 232 : x + 18}px`;
    $('lens').style.top = low ? 'auto' : `${y + 18}px`;
    $('lens').style.bottom = low ? `${canvas.clientHeight - y + 18}px` : 'auto';
});

canvas.addEventListener('pointerdown', event => {
    canvas.setPointerCapture(event.pointerId);
    touches.set(event.pointerId, event);
    moved = 0;
});
canvas.addEventListener('pointermove', event => {
    const before = touches.get(event.pointerId);
    if (!before) { if (event.pointerType !== 'touch') look(event.offsetX, event.offsetY); return; }
    const [x, y] = [event.offsetX - before.offsetX, event.offsetY - before.offsetY];
    moved += Math.abs(x) + Math.abs(y);
    if (touches.size === 2) {
        const [other] = [...touches].filter(([id]) => id !== event.pointerId).map(([, touch]) => touch);
        const apart = touch => Math.hypot(touch.offsetX - other.offsetX, touch.offsetY - other.offsetY) || 1;
        zoomAt(apart(event) / apart(before), other.offsetX, other.offsetY);
    } else if (moved > 4) {
        $('lens').hidden = true;
        pan(x, y);
    }
    touches.set(event.pointerId, event);
});
canvas.addEventListener('pointerup', event => {
    const isClick = touches.size === 1 && moved <= 4;
    touches.delete(event.pointerId);
    if (isClick) {
        const page = nearest(event.offsetX, event.offsetY);
        if (page) choosePage(page.id); else choose({ recipe: { point: toMap(event.offsetX, event.offsetY) } });
    }
});
canvas.addEventListener('pointercancel', event => touches.delete(event.pointerId));
canvas.addEventListener('pointerleave', () => { $('lens').hidden = true; });
canvas.addEventListener('wheel', event => {
    event.preventDefault();
    zoomAt(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), event.offsetX, event.offsetY);
}, { passive: false });

let walked = [];
canvas.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? 200 : 50;
    const [x, y] = [canvas.clientWidth / 2, canvas.clientHeight / 2];
    const actions = {
        ArrowLeft: () => pan(step, 0), ArrowRight: () => pan(-step, 0), ArrowUp: () => pan(0, step),
        ArrowDown: () => pan(0, -step), '+': () => zoomAt(1.25), '=': () => zoomAt(1.25), '-': () => zoomAt(0.8),
        0: () => fit(),
        Enter() {
            walked = [];
            const page = nearest(x, y, Infinity);
            if (page) choosePage(page.id);
        },
        n() {
            const rest = pages.filter(page => isFound(page) && !walked.includes(page.id));
            const start = byID.get(state.page) || view;
            rest.sort((a, b) => Math.hypot(a.x - start.x, a.y - start.y) - Math.hypot(b.x - start.x, b.y - start.y));
            const next = rest.find(page => page.id !== state.page);
            if (state.page !== null) walked.push(state.page);
            if (next) { choosePage(next.id); fly({ ...view, x: next.x, y: next.y }); }
        },
        Escape: () => choose({ recipe: null }),
    };
    const action = actions[event.key] || actions[event.key.toLowerCase()];
    if (!action) return;
    event.preventDefault();
    action();
});
$('in').onclick = () => zoomAt(1.5);
$('out').onclick = () => zoomAt(1 / 1.5);
$('fit').onclick = () => fit();
new ResizeObserver(redraw).observe(canvas);
dark.addEventListener('change', () => { colourArchetypes(); fillLegend(); redraw(); });

// ---- What is chosen ----

// The code that is shown: the chosen one, and as far on the way to an archetype as the slider says.
function recipe() {
    if (!state.recipe) return null;
    if (!state.toward || !state.amount) return state.recipe;
    const offsets = [...(state.recipe.offsets || []), { toward: state.toward, amount: state.amount }];
    return { ...state.recipe, offsets };
}

function remember() {
    past.push(JSON.stringify(state));
    if (past.length > 100) past.shift();
    $('undo').disabled = false;
}

function choosePage(id) {
    const page = byID.get(id);
    if (page.width * page.height <= space.limits.drawnPixels) [$('width').value, $('height').value] = [page.width, page.height];
    choose({ recipe: { mix: [{ page: id, weight: 1 }] }, page: id });
}

function choose(change) {
    remember();
    Object.assign(state, { page: null, upload: null, toward: '', amount: 0 }, change);
    refresh();
}

$('undo').onclick = () => {
    if (!past.length) return;
    state = JSON.parse(past.pop());
    $('undo').disabled = !past.length;
    fillLegend();
    refresh();
};
addEventListener('keydown', event => {
    const typing = event.target.matches('input[type=search], input[type=number]');
    if ((event.ctrlKey || event.metaKey) && event.key === 'z' && !typing) { event.preventDefault(); $('undo').click(); }
});

function title() {
    if (state.page !== null) return byID.get(state.page).path;
    if (state.upload) return state.upload.name;
    if (!state.recipe) return 'Nothing chosen';
    return state.recipe.mix ? 'A mixture of pages' : 'A place of the map';
}

const refresh = latest(doing(async () => {
    const chosen = recipe(), page = state.page === null ? null : byID.get(state.page);
    keepLink();
    fillTray();
    fillPins();
    $('title').textContent = title();
    $('hint').hidden = !!chosen;
    for (const id of ['actions', 'walk', 'drawn', 'probabilities', 'neighbours']) $(id).hidden = !chosen;
    $('original').hidden = !page && !state.upload;
    $('label').hidden = !page;
    $('add').disabled = !page;
    $('toward').value = state.toward;
    $('amount').value = state.amount;
    $('far').textContent = `${Math.round(state.amount * 100)} %`;
    if (!chosen) { place = null; redraw(); return; }
    if (page) {
        show($('original'), `/api/pages/${page.id}/picture.png`, page.archetype || 'no label');
        $('correct').value = page.archetype || '';
    } else if (state.upload) {
        show($('original'), state.upload.picture, 'As the model sees it');
    }
    const question = page ? { ...chosen, count: 10, except: page.id } : { ...chosen, count: 10 };
    const [image, answer] = await Promise.all([
        picture('/api/decode', { ...chosen, size: size() }), json('/api/neighbours', question)]);
    show($('drawn'), image);
    place = page && !state.amount ? page : answer;
    fillProbabilities(answer.archetypes);
    fillNeighbours(answer.neighbours);
    redraw();
}));

function fillProbabilities(archetypes) {
    $('probabilities').hidden = !archetypes.length;
    $('probabilities').querySelector('ol').replaceChildren(...archetypes.slice(0, 4).map(({ archetype, probability }) =>
        make('li', {}, make('span', { textContent: archetype }),
            make('meter', { value: probability, ariaLabel: `probability of ${archetype}` }),
            make('b', { textContent: `${(100 * probability).toFixed(probability > 0.1 ? 0 : 1)} %` }))));
}

function pageButton(id, text) {
    const page = byID.get(id);
    const button = make('button', { type: 'button', title: page.path },
        make('img', { src: thumbnail(id), alt: '', loading: 'lazy' }), make('span', { textContent: text }));
    button.setAttribute('aria-label', `${page.path}, ${text}`);
    button.onclick = () => choosePage(id);
    return button;
}

function fillNeighbours(neighbours) {
    $('neighbours').querySelector('ol').replaceChildren(...neighbours.filter(({ page }) => byID.has(page))
        .map(({ page, distance }) => make('li', {}, pageButton(page, distance.toFixed(2)))));
}

$('toward').onchange = () => {
    remember();
    state.toward = $('toward').value;
    state.amount = state.toward ? state.amount || 0.5 : 0;
    refresh();
};
$('amount').onchange = () => keepLink();
$('amount').oninput = () => {
    if (!state.toward) { $('amount').value = 0; return; }
    state.amount = Number($('amount').value);
    refresh();
};
for (const id of ['width', 'height']) $(id).onchange = () => refresh();

$('label').onsubmit = doing(async event => {
    event.preventDefault();
    const page = byID.get(state.page), archetype = $('correct').value;
    if (!archetype) throw new Failure('Choose a label first.');
    await json('/api/labels', { page: page.id, archetype });
    page.archetype = archetype;
    fillLegend();
    refresh();
});

for (const button of document.querySelectorAll('[data-export]')) {
    button.onclick = doing(async () => {
        const format = button.dataset.export;
        const address = await picture('/api/export', { ...recipe(), size: size(), format });
        make('a', { href: address, download: format === 'json' ? 'page.layout.json' : `page.${format}` }).click();
        setTimeout(() => URL.revokeObjectURL(address), 10000);
    });
}

// ---- Tray and pins ----

$('add').onclick = () => {
    if (state.tray.some(entry => entry.page === state.page)) return;
    remember();
    state.tray.push({ page: state.page, weight: 1 });
    refresh();
};
$('clear').onclick = () => { remember(); state.tray = []; refresh(); };

function mixTray() {
    const mix = state.tray.filter(entry => entry.weight > 0).map(({ page, weight }) => ({ page, weight }));
    if (!mix.length) throw new Failure('All weights are 0: raise one.');
    Object.assign(state, { recipe: { mix }, page: null, upload: null, toward: '', amount: 0 });
    return refresh();
}
$('mix').onclick = doing(() => { remember(); return mixTray(); });

$('slide').oninput = doing(() => {
    const at = Number($('slide').value) * (state.tray.length - 1);
    state.tray.forEach((entry, index) => { entry.weight = Math.max(0, 1 - Math.abs(at - index)); });
    return mixTray();
});

$('animate').onclick = doing(async () => {
    const through = state.tray.map(({ page }) => ({ mix: [{ page, weight: 1 }] }));
    const steps = Math.min(12, Math.floor(58 / (through.length - 1)));
    show($('drawn'), await picture('/api/interpolate', { through, steps, spherical: true, size: size() }));
    $('drawn').hidden = false;
});

let trayShown = '';
function fillTray() {
    $('between').hidden = $('trayActions').hidden = state.tray.length < 1;
    $('between').hidden = $('animate').hidden = state.tray.length < 2;
    const key = JSON.stringify(state.tray.map(entry => entry.page));
    const list = $('tray').querySelector('ol');
    if (key === trayShown) {      // a slider that is being dragged must stay
        [...list.querySelectorAll('input')].forEach((input, index) => { input.value = state.tray[index].weight; });
        return;
    }
    trayShown = key;
    list.replaceChildren(...state.tray.map(entry => {
        const page = byID.get(entry.page);
        const weight = make('input', { type: 'range', min: 0, max: 1, step: 0.01, value: entry.weight });
        weight.setAttribute('aria-label', `Weight of ${page.path}`);
        weight.oninput = doing(() => {
            state.tray.find(other => other.page === page.id).weight = Number(weight.value);
            return mixTray();
        });
        const remove = make('button', { type: 'button', textContent: '×' });
        remove.setAttribute('aria-label', `Take ${page.path} out of the tray`);
        remove.onclick = () => { remember(); state.tray = state.tray.filter(other => other.page !== page.id); refresh(); };
        return make('li', {}, make('img', { src: thumbnail(page.id), alt: '' }),
            make('div', {}, make('span', { textContent: name(page), title: page.path }), weight), remove);
    }));
}

$('pin').onclick = () => {
    remember();
    state.pins.push({ recipe: recipe(), title: title() });
    refresh();
};

let pinsShown = '';
function fillPins() {
    $('pins').hidden = !state.pins.length;
    const key = JSON.stringify([state.pins, size()]);
    if (key === pinsShown) return;
    pinsShown = key;
    $('pins').querySelector('div').replaceChildren(...state.pins.map((pin, index) => {
        const image = make('img', { alt: pin.title });
        picture('/api/decode', { ...pin.recipe, size: size() }).then(address => { image.src = address; }, () => {});
        const back = make('button', { type: 'button', textContent: 'Show' });
        back.setAttribute('aria-label', `Show ${pin.title} again`);
        back.onclick = () => choose({ recipe: pin.recipe });
        const remove = make('button', { type: 'button', textContent: '×' });
        remove.setAttribute('aria-label', `Unpin ${pin.title}`);
        remove.onclick = () => { remember(); state.pins = state.pins.filter((_, other) => other !== index); refresh(); };
        return make('figure', {}, image, make('figcaption', {}, make('span', { textContent: `${index + 1}` }), back, remove));
    }));
}

// ---- A page of one's own ----

const open = doing(async file => {
    if (!file) return;
    if (file.size > space.limits.uploadBytes) {
        throw new Failure(`The file is larger than ${space.limits.uploadBytes >> 20} MiB.`);
    }
    const answer = await (await ask('/api/encode', file, file.type || 'application/octet-stream')).json();
    if (answer.width * answer.height <= space.limits.drawnPixels) {
        $('width').value = answer.width;
        $('height').value = answer.height;
    }
    choose({ recipe: { z: answer.place.z.map(value => Number(value.toPrecision(6))) },
        upload: { name: file.name, picture: answer.page } });
});
$('file').onchange = () => { open($('file').files[0]); $('file').value = ''; };
addEventListener('dragover', event => { event.preventDefault(); $('drop').hidden = false; });
addEventListener('dragleave', event => { if (!event.relatedTarget) $('drop').hidden = true; });
addEventListener('drop', event => { event.preventDefault(); $('drop').hidden = true; open(event.dataTransfer.files[0]); });

// ---- Search and legend ----

$('search').oninput = () => {
    const words = $('search').value.toLowerCase().split(/\s+/).filter(Boolean);
    const matches = page => words.every(word => `${page.archetype || ''} ${page.path}`.toLowerCase().includes(word));
    found = words.length ? new Set(pages.filter(matches).map(page => page.id)) : null;
    $('found').textContent = found ? `${found.size} found` : `${pages.length} pages`;
    redraw();
};
$('search').onkeydown = event => {
    if (event.key === 'Escape') { $('search').value = ''; $('search').oninput(); }
    if (event.key === 'Enter') fit();
};

function fillLegend() {
    const counts = new Map();
    for (const page of pages) counts.set(page.archetype || '', (counts.get(page.archetype || '') || 0) + 1);
    const names = [...counts.keys()].sort((a, b) => (a === '') - (b === '') || a.localeCompare(b));
    $('legend').querySelector('ul').replaceChildren(...names.map(archetype => {
        const box = make('input', { type: 'checkbox', checked: !state.hidden.includes(archetype) });
        box.onchange = () => {
            remember();
            state.hidden = state.hidden.filter(other => other !== archetype).concat(box.checked ? [] : [archetype]);
            keepLink();
            redraw();
        };
        const dot = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
        dot.setAttribute('width', 12);
        dot.setAttribute('height', 12);
        const circle = document.createElementNS('http://www.w3.org/2000/svg', 'circle');
        for (const [key, value] of Object.entries({ cx: 6, cy: 6, r: 5, fill: colour(archetype) })) circle.setAttribute(key, value);
        dot.append(circle);
        return make('li', {}, make('label', {}, box, dot, archetype || 'no label',
            make('span', { className: 'count', textContent: counts.get(archetype) })));
    }));
}
$('all').onclick = () => { remember(); state.hidden = []; fillLegend(); keepLink(); redraw(); };

// ---- The link ----

let linkTimer = 0;
function keepLink() {
    clearTimeout(linkTimer);
    linkTimer = setTimeout(() => history.replaceState(null, '', link()), 300);
}

function link() {
    const { upload, ...rest } = state, round = value => Number(value.toPrecision(5));
    const kept = { ...rest, view: { x: round(view.x), y: round(view.y), zoom: round(view.zoom) }, size: size(), model: space.model.slice(0, 12) };
    return '#' + encodeURIComponent(JSON.stringify(kept));
}

// What a link says, as far as it makes sense here: it may come from anybody.
function restore() {
    let kept;
    try { kept = JSON.parse(decodeURIComponent(location.hash.slice(1))); } catch { return false; }
    if (!kept || typeof kept !== 'object' || kept.model !== space.model.slice(0, 12)) return false;
    const isNumber = Number.isFinite, knows = id => byID.has(id);
    if (kept.recipe && typeof kept.recipe === 'object') state.recipe = kept.recipe;
    if (knows(kept.page)) state.page = kept.page;
    if (space.archetypes.includes(kept.toward) && isNumber(kept.amount)) Object.assign(state, { toward: kept.toward, amount: kept.amount });
    if (Array.isArray(kept.tray)) state.tray = kept.tray.filter(entry => entry && knows(entry.page) && isNumber(entry.weight)).slice(0, 64);
    if (Array.isArray(kept.pins)) {
        state.pins = kept.pins.filter(pin => pin && pin.recipe).slice(0, 24).map(pin => ({ recipe: pin.recipe, title: String(pin.title) }));
    }
    if (Array.isArray(kept.hidden)) state.hidden = kept.hidden.map(String);
    if (kept.size && isNumber(kept.size.width) && isNumber(kept.size.height)) {
        $('width').value = kept.size.width;
        $('height').value = kept.size.height;
    }
    if (!kept.view || ![kept.view.x, kept.view.y, kept.view.zoom].every(isNumber)) return false;
    view = { x: kept.view.x, y: kept.view.y, zoom: Math.max(20, Math.min(kept.view.zoom, 1e5)) };
    return true;
}

$('copy').onclick = doing(async () => {
    history.replaceState(null, '', link());
    await navigator.clipboard.writeText(location.href).catch(() => { throw new Failure('The link is in the address bar.'); });
    $('copy').textContent = 'Copied';
    setTimeout(() => { $('copy').textContent = 'Copy link'; }, 1500);
});

// ---- Start ----

doing(async () => {
    [space, pages] = await Promise.all([json('/api/space'), json('/api/pages')]);
    byID = new Map(pages.map(page => [page.id, page]));
    $('run').textContent = space.run;
    document.title = `${space.run} – Wirespace explorer`;
    $('width').value = space.size.width;
    $('height').value = space.size.height;
    for (const [select, empty] of [[$('toward'), 'nowhere'], [$('correct'), 'no label']]) {
        select.replaceChildren(make('option', { value: '', textContent: empty }),
            ...space.archetypes.map(archetype => make('option', { value: archetype, textContent: archetype })));
    }
    colourArchetypes();
    const isRestored = restore();
    fillLegend();
    $('search').oninput();
    if (!isRestored) view = viewOf(pages);
    redraw();
    await refresh();
    document.documentElement.dataset.ready = 'true';
})();
