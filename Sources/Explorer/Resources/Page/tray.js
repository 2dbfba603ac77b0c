// Pages to mix, and drawn pages that are kept side by side.
import { picture, thumbnail } from './api.js';
import { $, Failure, doing, labelled, make, show } from './page.js';
import {
    changed, choose, known, name, recipe, remember, rememberOnce, size, state, title, whenChanged,
} from './state.js';

$('add').onclick = () => {
    remember();
    state.tray.push({ page: state.page, weight: 1 });
    changed();
};
$('clear').onclick = () => { remember(); state.tray = []; changed(); };

function mixTray() {
    const mix = state.tray.filter(entry => entry.weight > 0).map(({ page, weight }) => ({ page, weight }));
    if (!mix.length) throw new Failure('All weights are 0: raise one.');
    Object.assign(state, { recipe: { mix }, page: null, upload: null, toward: '', amount: 0 });
    changed();
}
$('mix').onclick = doing(() => { remember(); mixTray(); });

rememberOnce($('slide'), doing(() => {
    const at = Number($('slide').value) * (state.tray.length - 1);
    state.tray.forEach((entry, index) => { entry.weight = Math.max(0, 1 - Math.abs(at - index)); });
    mixTray();
}));

$('animate').onclick = doing(async () => {
    const through = state.tray.map(({ page }) => ({ mix: [{ page, weight: 1 }] }));
    const steps = Math.min(12, Math.floor(58 / (through.length - 1)));
    $('animate').disabled = true;
    try {
        show($('drawn'), await picture('/api/interpolate', { through, steps, spherical: true, size: size() }), 'From the first to the last');
    } finally { $('animate').disabled = false; }
    $('drawn').scrollIntoView({ block: 'nearest' });
});

let trayShown = '';
function fillTray() {
    $('trayActions').hidden = state.tray.length < 1;
    $('between').hidden = $('animate').hidden = state.tray.length < 2;
    const list = $('tray').querySelector('ol'), key = JSON.stringify(state.tray.map(entry => entry.page));
    if (key !== trayShown) list.replaceChildren(...state.tray.map(trayEntry));
    trayShown = key;
    list.querySelectorAll('input').forEach((input, index) => { input.value = state.tray[index].weight; });
}

function trayEntry(entry) {
    const page = known.byID.get(entry.page);
    const weight = labelled(`Weight of ${page.path}`, make('input', { type: 'range', min: 0, max: 1, step: 0.01 }));
    rememberOnce(weight, doing(() => {
        state.tray.find(other => other.page === page.id).weight = Number(weight.value);
        mixTray();
    }));
    const remove = labelled(`Take ${page.path} out of the tray`, make('button', { type: 'button', textContent: '×' }));
    remove.onclick = () => { remember(); state.tray = state.tray.filter(other => other.page !== page.id); changed(); };
    return make('li', {}, make('img', { src: thumbnail(page.id), alt: '' }),
        make('div', {}, make('span', { textContent: name(page), title: page.path }), weight), remove);
}

// ---- Pins ----

$('pin').onclick = () => {
    remember();
    state.pins.push({ recipe: recipe(), title: title() });
    changed();
};

let pinsShown = '', drawing = null;
function fillPins() {
    $('pins').hidden = !state.pins.length;
    const key = JSON.stringify([state.pins, size()]);
    if (key === pinsShown) return;
    pinsShown = key;
    drawing?.abort();
    drawing = new AbortController();
    for (const image of $('pins').querySelectorAll('img')) URL.revokeObjectURL(image.src);
    $('pins').querySelector('div').replaceChildren(...state.pins.map((pin, index) => pinned(pin, index, drawing.signal)));
}

function pinned(pin, index, signal) {
    const image = make('img', { alt: pin.title });
    picture('/api/decode', { ...pin.recipe, size: size() }, { signal }).then(address => { image.src = address; }, () => {});
    const back = labelled(`Show ${pin.title} again`, make('button', { type: 'button', textContent: 'Show' }));
    back.onclick = () => choose({ recipe: pin.recipe });
    const remove = labelled(`Unpin ${pin.title}`, make('button', { type: 'button', textContent: '×' }));
    remove.onclick = () => { remember(); state.pins = state.pins.filter((_, other) => other !== index); changed(); };
    return make('figure', {}, image, make('figcaption', {}, make('span', { textContent: `${index + 1}` }), back, remove));
}

whenChanged(() => { fillTray(); fillPins(); });
