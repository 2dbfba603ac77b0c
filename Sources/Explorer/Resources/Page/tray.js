// Codes to mix: pages, places of the map, pages of one's own, mixtures.
import { json, picture, thumbnail } from './api.js';
import { drawnAs, isChanged, recipe, replaceChoice, sketchSize, title } from './choice.js';
import { showInstead } from './chosen.js';
import { remember, rememberOnce } from './history.js';
import { drawnList } from './lists.js';
import { $, labelled, make, save } from './page.js';
import { changed, choosing, known, state, trayLimit, watch } from './state.js';
import { Failure, doing, working } from './work.js';

// ---- What is in it ----

$('add').onclick = working($('add'), async () => {
    if (state.tray.length >= trayLimit) throw new Failure(`The tray is full: it holds ${trayLimit}.`);
    const page = isChanged() ? null : state.page;
    const entry = { recipe: recipe(), title: title() + (isChanged() ? ', changed' : ''), page, size: state.size, weight: 1 };
    entry.recipe = await flat(entry.recipe);
    remember();
    state.tray.push(entry);
    changed();
});

// The server takes few mixtures within mixtures: such a one becomes its code.
async function flat(recipe) {
    const isNested = recipe.mix?.some(({ of }) => of);
    return isNested ? { z: (await json('/api/neighbours', { ...recipe, count: 1 })).z } : recipe;
}

$('clear').onclick = () => {
    remember();
    state.tray = [];
    changed();
};

// ---- Mixing ----

function mixTray() {
    const mix = state.tray.filter(entry => entry.weight > 0)
        .map(({ recipe, page, weight }) => page !== null ? { page, weight } : { of: recipe, weight });
    if (!mix.length) throw new Failure('All weights are 0: raise one.');
    replaceChoice({ recipe: { mix }, called: 'A mixture of pages' });
}

$('mix').onclick = doing(() => {
    remember();
    mixTray();
});

rememberOnce($('slide'), doing(() => {
    const at = Number($('slide').value) * (state.tray.length - 1);
    state.tray.forEach((entry, index) => { entry.weight = Math.max(0, 1 - Math.abs(at - index)); });
    mixTray();
}));

// ---- The way from the first to the last, as an animated PNG ----

async function animation() {
    const through = state.tray.map(entry => entry.recipe);
    const { width, height } = state.size, { frames, interpolatedPixels } = known.space.limits;
    const most = Math.min(frames, Math.floor(interpolatedPixels / (width * height))) - 1;
    const steps = Math.max(1, Math.min(12, Math.floor(most / (through.length - 1))));
    return picture('/api/interpolate', { through, steps, even: true, size: state.size });
}

$('animate').onclick = working($('animate'), async () => {
    const isLast = choosing.mark(), image = await animation();
    if (isLast()) showInstead(image, 'From the first to the last');
});

$('saveAnimation').onclick = working($('saveAnimation'), async () => save(await animation(), 'interpolation.png'));

// ---- The list ----

const list = $('tray').querySelector('ol');
const fillList = drawnList(list, {
    keyOf: ({ recipe, title, page, size }) => page !== null ? [page] : [recipe, title, size, drawnAs()],
    make: entry, update: numberEntry });

function entry({ recipe, title, page, size }, draw) {
    const image = make('img', { alt: '' });
    if (page !== null) image.src = thumbnail(page);
    else draw(image, { ...recipe, size: sketchSize(size), ...drawnAs() });
    const weight = make('input', { type: 'range', min: 0, max: 1, step: 0.01 });
    const remove = make('button', { type: 'button', textContent: '×' });
    const item = make('li', {}, image, make('div', {}, make('span', { textContent: title.split('/').pop(), title }), weight), remove);
    const index = () => [...list.children].indexOf(item);
    rememberOnce(weight, doing(() => {
        state.tray[index()].weight = Number(weight.value);
        mixTray();
    }));
    remove.onclick = () => {
        remember();
        state.tray.splice(index(), 1);
        changed();
    };
    return item;
}

function numberEntry(item, { title, weight }, index) {
    labelled(`Weight of ${index + 1}, ${title}`, item.querySelector('input')).value = weight;
    labelled(`Take ${index + 1}, ${title}, out of the tray`, item.querySelector('button'));
}

watch(() => [state.tray, drawnAs()], () => {
    $('trayActions').hidden = state.tray.length < 1;
    for (const id of ['between', 'animate', 'saveAnimation']) $(id).hidden = state.tray.length < 2;
    fillList(state.tray);
});

watch(() => [state.tray, state.recipe, state.page, isChanged()], () => {
    const isThere = state.page !== null && !isChanged() && state.tray.some(entry => entry.page === state.page);
    $('add').disabled = !state.recipe || isThere;
});
