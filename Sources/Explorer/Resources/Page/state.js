// What is known of the space, and what a person has chosen in it.
import { $ } from './page.js';

export const known = {
    space: null,
    pages: [],
    byID: new Map(),
    load(space, pages) {
        Object.assign(this, { space, pages, byID: new Map(pages.map(page => [page.id, page])) });
        for (const page of pages) page.text = `${page.archetype || ''} ${page.path}`.toLowerCase();
    },
};

// All of it is in the link but the pictures of uploaded files.
export const state = { recipe: null, page: null, upload: null, toward: '', amount: 0, tray: [], pins: [], hidden: [] };
export const uploads = [];                    // pictures, which would make each step of the past large

export const name = page => page.path.split('/').pop();
export const size = () => ({ width: Number($('width').value), height: Number($('height').value) });

export function setSize({ width, height }) {
    if (width * height > known.space.limits.drawnPixels) return;
    $('width').value = width;
    $('height').value = height;
}

// The code that is shown: the chosen one, and as far on the way to an archetype as the slider says.
export function recipe() {
    if (!state.recipe || !state.toward || !state.amount) return state.recipe;
    const offsets = [...(state.recipe.offsets || []), { toward: state.toward, amount: state.amount }];
    return { ...state.recipe, offsets };
}

export function title() {
    if (state.page !== null) return known.byID.get(state.page).path;
    if (state.upload) return state.upload.name;
    if (!state.recipe) return 'Nothing chosen';
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

export function remember() {
    past.push(JSON.stringify({ ...state, size: size() }));
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

export function undo() {
    if (!past.length) return;
    const { size, ...before } = JSON.parse(past.pop());
    Object.assign(state, before);
    setSize(size);
    $('undo').disabled = !past.length;
    changed();
}

export function choose(change) {
    remember();
    Object.assign(state, { page: null, upload: null, toward: '', amount: 0 }, change);
    changed();
}

export function choosePage(id) {
    const page = known.byID.get(id);
    remember();
    setSize(page);
    Object.assign(state, { recipe: { mix: [{ page: id, weight: 1 }] }, page: id, upload: null, toward: '', amount: 0 });
    changed();
}
