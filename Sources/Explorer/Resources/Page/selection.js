// Some pages together: circled on the map, or found by the search. What can be done with all of them at once.
import { json, thumbnail } from './api.js';
import { addChange, addDirection } from './changes.js';
import { choose, choosePage, pageRecipe } from './choice.js';
import { remember } from './history.js';
import { label } from './labels.js';
import { $, labelled, make, refill, reveal, scrollTo } from './page.js';
import { foundPages } from './points.js';
import { changed, choosing, known, selecting, state, trayLimit, watch } from './state.js';
import { Failure, doing, submitting, working } from './work.js';

export function select(ids, { add = false } = {}) {
    remember();
    selecting.take();
    state.selected = add ? [...new Set([...state.selected, ...ids])] : ids;
    changed();
}

export function toggle(id) {
    const others = state.selected.filter(other => other !== id);
    select(others.length < state.selected.length ? others : [...others, id]);
}

$('selectFound').onclick = () => select(foundPages().map(page => page.id));
$('unselect').onclick = () => select([]);

// ---- Pages that stand out ----

// Selects what `find` answers, unless something else was selected meanwhile.
const finding = (button, find) => working(button, async () => {
    const isLast = selecting.take(), ids = await find();
    if (!isLast()) return;
    select(ids);
    scrollTo('selection');
});

$('outliers').onclick = finding($('outliers'), async () => {
    const found = await json('/api/outliers'), most = Math.max(1, Math.min(20, Math.round(known.pages.length / 20)));
    return found.slice(0, most).map(({ page }) => page);
});

$('copies').onclick = finding($('copies'), async () => {
    const pairs = await json('/api/duplicates');
    if (!pairs.length) throw new Failure('There are no near-copies among these pages.');
    return [...new Set(pairs.flatMap(({ first, second }) => [first, second]))];
});

// ---- What is selected ----

function summary(ids) {
    const counts = new Map();
    for (const id of ids) {
        const archetype = known.byID.get(id).archetype || 'no label';
        counts.set(archetype, (counts.get(archetype) || 0) + 1);
    }
    const parts = [...counts].sort((a, b) => b[1] - a[1]).map(([archetype, count]) => `${count} ${archetype}`);
    return parts.slice(0, 5).join(', ') + (parts.length > 5 ? ` and ${parts.length - 5} other archetypes` : '');
}

watch(() => [state.selected, known.revision], () => {
    const ids = state.selected;
    $('selection').hidden = !ids.length;
    if (!ids.length) return;
    $('selected').textContent = ids.length === 1 ? '1 page' : `${ids.length} pages: ${summary(ids)}`;
    refill($('selection').querySelector('ol'), ...ids.slice(0, 10).map(selectedPage));
});

function selectedPage(id) {
    const { path } = known.byID.get(id);
    const button = make('button', { type: 'button', title: path }, make('img', { src: thumbnail(id), alt: '' }));
    button.onclick = () => { choosePage(id); reveal(); };
    return make('li', {}, labelled(`Show ${path} of the selection`, button));
}

// ---- What is done with it ----

$('middle').onclick = working($('middle'), async () => {
    const ids = state.selected, mix = ids.map(page => ({ page, weight: 1 })), isLast = choosing.take();
    // Of many pages the code itself is the shorter link.
    const recipe = ids.length > 64 ? { z: (await json('/api/neighbours', { mix, count: 1 })).z } : { mix };
    if (!isLast()) return;
    choose({ recipe, called: `The middle of ${ids.length} pages` });
    reveal();
});

$('trayAll').onclick = doing(() => {
    const held = new Set(state.tray.map(entry => entry.page));
    const added = state.selected.filter(id => !held.has(id));
    const room = trayLimit - state.tray.length;
    if (added.length > room) throw new Failure(`The tray has room for ${room} more: select fewer.`);
    remember();
    for (const page of added.map(id => known.byID.get(id))) {
        const { id, path, width, height } = page;
        state.tray.push({ recipe: pageRecipe(id), title: path, page: id, size: { width, height }, weight: 1 });
    }
    changed();
});

$('learn').onsubmit = submitting($('learn'), async () => {
    const isSame = choosing.mark();
    const direction = await json('/api/directions', { name: $('directionName').value, to: state.selected });
    const isUsed = state.recipe && isSame();
    addDirection(direction);
    if (isUsed) addChange({ direction: direction.name });
    $('directionName').value = '';
    $('learned').textContent = `Learned “${direction.name}”, which accounts for ${Math.round(100 * direction.explained)} % of the `
        + 'difference on pages that it was not learned from.' + (state.recipe ? '' : ' Choose a page to move along it.');
});

$('labelAll').onsubmit = submitting($('labelAll'), async () => {
    if ($('correctAll').selectedOptions[0]?.disabled ?? true) throw new Failure('Choose a label first.');
    await label(state.selected, $('correctAll').value);
});
