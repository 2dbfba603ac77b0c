// Codes to mix: pages, places of the map, pages of one's own, mixtures.
import { drawnList, picture, thumbnail } from './api.js';
import { $, Failure, doing, labelled, make, save, show } from './page.js';
import {
    changed, drawnAs, isChanged, known, recipe, remember, rememberOnce, show as choose, size, sketchSize, state, title, trayLimit,
    whenChanged,
} from './state.js';

// What is shown, as a part of a mixture. The server takes few mixtures within mixtures.
function shown() {
    const isNested = JSON.stringify(recipe()).includes('"of"');
    return {
        recipe: isNested ? { z: known.z } : recipe(), title: title() + (isChanged() ? ', changed' : ''),
        page: isChanged() ? null : state.page, weight: 1,
    };
}

$('add').onclick = doing(() => {
    if (state.tray.length >= trayLimit) throw new Failure(`The tray is full: it holds ${trayLimit}.`);
    remember();
    state.tray.push(shown());
    changed();
});
$('clear').onclick = () => { remember(); state.tray = []; changed(); };

function mixTray() {
    const mix = state.tray.filter(entry => entry.weight > 0)
        .map(({ recipe, page, weight }) => page !== null ? { page, weight } : { of: recipe, weight });
    if (!mix.length) throw new Failure('All weights are 0: raise one.');
    choose({ recipe: { mix }, called: 'A mixture of pages' });
}
$('mix').onclick = doing(() => { remember(); mixTray(); });

rememberOnce($('slide'), doing(() => {
    const at = Number($('slide').value) * (state.tray.length - 1);
    state.tray.forEach((entry, index) => { entry.weight = Math.max(0, 1 - Math.abs(at - index)); });
    mixTray();
}));

// ---- The way from the first to the last, as an animated PNG ----

async function animation() {
    const through = state.tray.map(entry => entry.recipe);
    const { width, height } = size(), { frames, interpolatedPixels } = known.space.limits;
    const most = Math.min(frames, Math.floor(interpolatedPixels / (width * height))) - 1;
    const steps = Math.max(1, Math.min(12, Math.floor(most / (through.length - 1))));
    return picture('/api/interpolate', { through, steps, even: true, size: size() });
}

for (const [id, use] of [
    ['animate', address => { known.layout?.abort(); known.outdated++; show($('drawn'), address, 'From the first to the last'); $('drawn').scrollIntoView({ block: 'nearest' }); }],
    ['saveAnimation', address => save(address, 'interpolation.png')],
]) {
    $(id).onclick = doing(async () => {
        $(id).disabled = true;
        try { use(await animation()); } finally { $(id).disabled = false; }
    });
}

// ---- The list ----

const list = $('tray').querySelector('ol'), fillList = drawnList(list);
let listed = '';
function fill() {
    $('trayActions').hidden = state.tray.length < 1;
    for (const id of ['between', 'animate', 'saveAnimation']) $(id).hidden = state.tray.length < 2;
    $('add').disabled = !state.recipe || state.page !== null && !isChanged() && state.tray.some(entry => entry.page === state.page);
    const key = JSON.stringify([state.tray.map(entry => entry.recipe), drawnAs()]);
    if (key !== listed) fillList(draw => state.tray.map((entry, index) => listedEntry(entry, index, draw)));
    listed = key;
    list.querySelectorAll('input').forEach((input, index) => { input.value = state.tray[index].weight; });
}

function listedEntry({ recipe, title, page }, index, draw) {
    const image = make('img', { alt: '' });
    if (page !== null) image.src = thumbnail(page);
    else draw(image, { ...recipe, size: sketchSize(), ...drawnAs() });
    const weight = labelled(`Weight of ${index + 1}, ${title}`, make('input', { type: 'range', min: 0, max: 1, step: 0.01 }));
    rememberOnce(weight, doing(() => { state.tray[index].weight = Number(weight.value); mixTray(); }));
    const remove = labelled(`Take ${index + 1}, ${title}, out of the tray`, make('button', { type: 'button', textContent: '×' }));
    remove.onclick = () => { remember(); state.tray = state.tray.filter((_, other) => other !== index); changed(); };
    return make('li', {}, image, make('div', {}, make('span', { textContent: title.split('/').pop(), title }), weight), remove);
}

whenChanged(fill);
