// What is known of the space, and what a person has chosen in it.
import { $ } from './page.js';

export const known = {
    space: null,
    pages: [],
    byID: new Map(),
    load(space, pages) {
        Object.assign(this, { space, pages, byID: new Map(pages.map(page => [page.id, page])) });
        for (const page of pages) this.relabel(page.id, page.archetype);
    },
    relabel(id, archetype) {
        const page = this.byID.get(id);
        page.archetype = archetype;
        this.outdated++;
        page.text = `${archetype || ''} ${this.space.englishNames[archetype] || ''} ${page.path}`.toLowerCase();
    },
    layout: null,                             // of the panel's layout that is being drawn: aborts it
    outdated: 0,                              // how often what the panel shows became old though the state is the same
    z: null,                                  // the code of what is shown
};

// All of it is in the link but the pictures of uploaded files, and large selections.
//
// `changes` are offsets as the server takes them, `tray` has { recipe, title, page, weight }, `selected` numbers of pages.
export const state = {
    recipe: null, page: null, upload: null, called: '', changes: [], tray: [], pins: [], hidden: [], selected: [],
    asPixels: false };
export const trayLimit = 60;                  // as many as an animation may lead through
export const uploads = [];                    // { page, file }, which would make each step of the past large

export const name = page => page.path.split('/').pop();
export const size = () => ({ width: Number($('width').value), height: Number($('height').value) });

// For small pictures: of the same shape, as far as sides may be small.
function smallSize(side = 96) {
    const { width, height } = size(), scale = Math.min(1, side / Math.max(width, height)), least = known.space.limits.leastSide;
    const scaled = value => Math.max(least, Math.round(value * scale));
    return { width: scaled(width), height: scaled(height) };
}

// What pages are drawn as: layouts, if the model can and nobody prefers its pixels.
export const drawnAs = () => known.space.layouts && !state.asPixels ? { as: 'layout' } : {};

// For small pictures of a drawing: a layout is another one at another size, so it is drawn at its own and shown small.
export const sketchSize = side => drawnAs().as ? size() : smallSize(side);

export function setSize({ width, height }) {
    const { drawnPixels, leastSide } = known.space.limits, scale = Math.min(1, Math.sqrt(drawnPixels / (width * height)));
    $('width').value = Math.max(leastSide, Math.floor(width * scale));
    $('height').value = Math.max(leastSide, Math.floor(height * scale));
}

// The code that is shown: the chosen one, and as far along its changes as their sliders say.
export const isChanged = () => state.changes.some(({ amount }) => amount);

export function recipe() {
    if (!state.recipe || !isChanged()) return state.recipe;
    return { ...state.recipe, offsets: [...(state.recipe.offsets || []), ...state.changes.filter(({ amount }) => amount)] };
}

export function title() {
    if (state.page !== null) return known.byID.get(state.page).path;
    if (state.upload) return state.upload.name;
    if (!state.recipe) return 'Nothing chosen';
    if (state.called) return state.called;
    return state.recipe.mix ? 'A mixture of pages' : 'A place of the map';
}

// What the drawn page is called when it is saved.
export function fileName() {
    const known = state.page !== null ? title().split('/').pop() : state.upload ? title() : '';
    return known.replace(/\.[^.]*$/, '') + (known ? '-drawn' : state.recipe.mix ? 'mixture' : 'place');
}

// ---- Changes ----

const listeners = [], past = [];

export const whenChanged = listener => { listeners.push(listener); };
export const changed = () => { for (const listener of listeners) listener(); };

// Labels are not in the state: what they were before they were changed.
export function remember(labels) {
    past.push(JSON.stringify({ ...state, size: size(), labels }));
    if (past.length > 100) past.shift();
    $('undo').disabled = false;
}

// A slider that is dragged is one step of the past, not a hundred.
export function rememberOnce(slider, move) {
    let isMoving = false;
    slider.addEventListener('input', event => {
        if (!isMoving) remember();
        isMoving = true;
        move(event);
    });
    slider.addEventListener('change', () => { isMoving = false; });
}

// Answers with labels that are to be written again.
export function undo() {
    if (!past.length) return [];
    const { size, labels = [], ...before } = JSON.parse(past.pop());
    Object.assign(state, before);
    setSize(size);
    $('undo').disabled = !past.length;
    changed();
    return labels;
}

export function choose(change) {
    remember();
    show(change);
}

// What is chosen, instead of all that was.
export function show(change) {
    Object.assign(state, { page: null, upload: null, called: '', changes: [] }, change);
    changed();
}

export function choosePage(id) {
    const page = known.byID.get(id);
    remember();
    setSize(page);
    show({ recipe: pageRecipe(id), page: id });
}

export const pageRecipe = id => ({ mix: [{ page: id, weight: 1 }] });
