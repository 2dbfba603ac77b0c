// The address, which holds all that is needed to see the same again.
import { isKnown } from './changes.js';
import { setView, view } from './map.js';
import { $, Failure, doing } from './page.js';
import { known, setSize, size, state, trayLimit } from './state.js';

const opened = location.hash;                 // the map may be moved, and the link kept, before all is loaded
let timer = 0;
export function keepLink() {
    clearTimeout(timer);
    timer = setTimeout(() => history.replaceState(null, '', link()), 300);
}

const model = () => known.space.model.slice(0, 12);

function link() {
    const { upload, selected, ...rest } = state, round = value => Number(value.toPrecision(5));
    if (selected.length <= 500) rest.selected = selected;
    const kept = { ...rest, view: { x: round(view.x), y: round(view.y), zoom: round(view.zoom) }, size: size(), model: model() };
    return '#' + encodeURIComponent(JSON.stringify(kept));
}

// What a link says, as far as it makes sense here: it may come from anybody.
//
// Returns whether it says where to look.
export function restore() {
    let kept;
    try { kept = JSON.parse(decodeURIComponent(opened.slice(1))); } catch { return false; }
    if (!kept || typeof kept !== 'object' || kept.model !== model()) return false;
    const isNumber = Number.isFinite, knows = id => known.byID.has(id), isRecipe = value => value && typeof value === 'object';
    if (isRecipe(kept.recipe)) state.recipe = kept.recipe;
    if (state.recipe && knows(kept.page)) state.page = kept.page;
    if (typeof kept.called === 'string') state.called = kept.called;
    if (Array.isArray(kept.changes)) {
        state.changes = kept.changes.filter(change => change && isKnown(change) && isNumber(change.amount)).slice(0, 32)
            .map(({ toward, direction, amount }) => ({ toward, direction, amount }));
    }
    if (Array.isArray(kept.tray)) {
        state.tray = kept.tray.filter(entry => entry && isRecipe(entry.recipe) && isNumber(entry.weight)).slice(0, trayLimit)
            .map(({ recipe, title, page, weight }) => ({ recipe, title: String(title), page: knows(page) ? page : null, weight }));
    }
    if (Array.isArray(kept.selected)) state.selected = [...new Set(kept.selected.filter(knows))];
    if (Array.isArray(kept.pins)) {
        state.pins = kept.pins.filter(pin => pin && isRecipe(pin.recipe)).slice(0, 24)
            .map(pin => ({ recipe: pin.recipe, title: String(pin.title) }));
    }
    state.asPixels = kept.asPixels === true;
    if (Array.isArray(kept.hidden)) state.hidden = kept.hidden.map(String);
    if (kept.size && isNumber(kept.size.width) && isNumber(kept.size.height)) setSize(kept.size);
    if (!kept.view || ![kept.view.x, kept.view.y, kept.view.zoom].every(isNumber)) return false;
    setView(kept.view);
    return true;
}

$('copy').onclick = doing(async () => {
    history.replaceState(null, '', link());
    await navigator.clipboard.writeText(location.href).catch(() => { throw new Failure('The link is in the address bar.'); });
    $('copy').textContent = 'Copied';
    setTimeout(() => { $('copy').textContent = 'Copy link'; }, 1500);
});
