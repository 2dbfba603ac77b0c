// What a link says may come from anybody, and from another explorer: only what makes sense here is taken over.
import { isKnown } from './changes.js';
import { possible } from './choice.js';
import { known, pinLimit, state, trayLimit } from './state.js';

const isNumber = Number.isFinite;
const isObject = value => !!value && typeof value === 'object' && !Array.isArray(value);
const list = (value, most, check) => Array.isArray(value) ? value.slice(0, most).map(check).filter(Boolean) : [];
const words = value => typeof value === 'string' ? value.slice(0, 300) : '';
const deepest = 4;                            // mixtures within mixtures, as the server takes them

// What the state may be by a link. `hasPages` says whether the link's pages are those here: otherwise whatever rests on them,
// places of the map too, is left out.
export function checkedState(kept, hasPages) {
    const isPage = id => hasPages && known.byID.has(id);
    const check = { recipe: value => checkedRecipe(value, isPage, hasPages), isPage };
    return {
        ...checkedChoice(kept, check),
        tray: list(kept.tray, trayLimit, entry => checkedEntry(entry, check)),
        pins: list(kept.pins, pinLimit, pin => checkedPin(pin, check)),
        hidden: list(kept.hidden, 1000, name => ({ name: String(name) })).map(({ name }) => name),
        selected: Array.isArray(kept.selected) ? [...new Set(kept.selected.filter(isPage))] : [],
        asPixels: kept.asPixels === true,
    };
}

function checkedChoice(kept, { recipe: check, isPage }) {
    const recipe = check(kept.recipe), size = checkedSize(kept.size);
    const nothing = { recipe: null, page: null, upload: null, called: '', changes: [], size };
    if (!recipe) return nothing;
    const page = isPage(kept.page) ? kept.page : null;
    return { ...nothing, recipe, page, called: words(kept.called), changes: checkedChanges(kept.changes) };
}

function checkedPin(pin, check) {
    const choice = isObject(pin) && checkedChoice({ called: pin.title, ...pin }, check);
    return choice && choice.recipe ? choice : null;
}

function checkedEntry(entry, { recipe: check, isPage }) {
    const recipe = isObject(entry) && check(entry.recipe);
    if (!recipe || !(entry.weight >= 0 && entry.weight <= 1)) return null;
    const { title, page, size, weight } = entry;
    return { recipe, title: words(title), page: isPage(page) ? page : null, size: checkedSize(size), weight };
}

const checkedSize = size => isObject(size) && size.width >= 1 && size.height >= 1 ? possible(size) : state.size;

const checkedChanges = changes => list(changes, 32, change => isObject(change) && isKnown(change) && isNumber(change.amount)
    && { toward: change.toward, direction: change.direction, amount: change.amount });

// ---- Codes ----

// An amount along a dimension or a vector, or along what this explorer knows.
function isOffset(offset) {
    if (!isObject(offset) || !isNumber(offset.amount)) return false;
    return offset.toward === undefined && offset.direction === undefined || isKnown(offset);
}

// The recipe without what the server would refuse as a whole; null if nothing is left.
function checkedRecipe(recipe, isPage, hasMap, depth = 0) {
    if (!isObject(recipe) || depth > deepest) return null;
    const start = checkedStart(recipe, isPage, hasMap, depth);
    if (!start || recipe.offsets === undefined) return start;
    const isRight = Array.isArray(recipe.offsets) && recipe.offsets.every(isOffset);
    return isRight ? { ...start, offsets: recipe.offsets } : null;
}

function checkedStart({ z, point, mix }, isPage, hasMap, depth) {
    const isCode = Array.isArray(z) && z.length === known.space.dimension && z.every(isNumber);
    if (isCode) return { z };
    if (isObject(point)) return hasMap && isNumber(point.x) && isNumber(point.y) ? { point: { x: point.x, y: point.y } } : null;
    if (!Array.isArray(mix) || !mix.length) return null;
    const parts = mix.map(part => checkedPart(part, isPage, hasMap, depth));
    return parts.every(Boolean) ? { mix: parts } : null;
}

function checkedPart(part, isPage, hasMap, depth) {
    if (!isObject(part)) return null;
    const weight = part.weight ?? 1;
    if (!isNumber(weight) || weight < 0) return null;
    if (part.page !== undefined) return isPage(part.page) ? { page: part.page, weight } : null;
    const of = checkedRecipe(part.of, isPage, hasMap, depth + 1);
    return of && { of, weight };
}
