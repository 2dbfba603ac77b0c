// What is chosen: a page, a place of the map, a mixture, a page of one's own, and what is changed about it.
import { remember } from './history.js';
import { changed, choiceKeys, choosing, known, state } from './state.js';

export const name = page => page.path.split('/').pop();
export const pageRecipe = id => ({ mix: [{ page: id, weight: 1 }] });

// ---- Its code and its name, and those of a pin ----

export const isChanged = ({ changes } = state) => changes.some(({ amount }) => amount);

// The code that is shown: the chosen one, and as far along its changes as their sliders say.
export function recipe(choice = state) {
    if (!choice.recipe || !isChanged(choice)) return choice.recipe;
    const offsets = choice.changes.filter(({ amount }) => amount);
    return { ...choice.recipe, offsets: [...(choice.recipe.offsets || []), ...offsets] };
}

export function title({ recipe, page, called } = state) {
    if (!recipe) return 'Nothing chosen';
    return known.byID.get(page)?.path || called || (recipe.mix ? 'A mixture of pages' : recipe.z ? 'A page' : 'A place of the map');
}

// What the drawn page is called when it is saved, without an ending.
export function fileName() {
    const isFile = state.page !== null || state.upload;
    if (isFile) return title().split('/').pop().replace(/\.[^.]*$/, '') + '-drawn';
    return title().toLowerCase().replace(/^(a|the) /, '').replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '') || 'page';
}

// ---- How it is drawn ----

// As a layout, if the model can and nobody prefers its pixels.
export const drawnAs = () => known.space.layouts && !state.asPixels ? { as: 'layout' } : {};

// For small pictures of a drawing: a layout is another one at another size, so it is drawn at its own and shown small.
export function sketchSize({ width, height }, side = 96) {
    if (drawnAs().as) return { width, height };
    const scale = Math.min(1, side / Math.max(width, height)), least = known.space.limits.leastSide;
    const scaled = value => Math.max(least, Math.round(value * scale));
    return { width: scaled(width), height: scaled(height) };
}

// The size nearest to one that the server draws.
export function possible({ width, height }) {
    const { drawnPixels, leastSide, greatestSide } = known.space.limits;
    const scale = Math.min(1, Math.sqrt(drawnPixels / (width * height)));
    const side = value => Math.max(leastSide, Math.min(Math.floor(value * scale), greatestSide));
    return { width: side(width), height: side(height) };
}

// ---- Choosing ----

// What is chosen instead of all that was: one step back leads to that.
export function choose(choice) {
    remember();
    replaceChoice(choice);
}

export function replaceChoice(choice) {
    choosing.take();
    Object.assign(state, { recipe: null, page: null, upload: null, called: '', changes: [] }, choice);
    changed();
}

export const choosePage = id => choose({ recipe: pageRecipe(id), page: id, size: possible(known.byID.get(id)) });
export const chooseNothing = () => { if (state.recipe) choose({}); };

// All that makes what is chosen, to choose it again.
export const choice = () => structuredClone(Object.fromEntries(choiceKeys.map(key => [key, state[key]])));
