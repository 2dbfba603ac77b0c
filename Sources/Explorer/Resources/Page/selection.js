// Some pages together: circled on the map, or found by the search. What can be done with all of them at once.
import { json, thumbnail } from './api.js';
import { addChange, addDirection } from './changes.js';
import { label } from './labels.js';
import { foundPages } from './map.js';
import { $, Failure, doing, labelled, make, refill, reveal, scrollTo } from './page.js';
import { changed, choose, choosePage, known, pageRecipe, remember, state, trayLimit, whenChanged } from './state.js';

export function select(ids, { add = false } = {}) {
    remember();
    state.selected = add ? [...new Set([...state.selected, ...ids])] : ids;
    changed();
}

export function toggle(id) {
    remember();
    const others = state.selected.filter(other => other !== id);
    state.selected = others.length < state.selected.length ? others : [...others, id];
    changed();
}

$('selectFound').onclick = () => select(foundPages().map(page => page.id));
$('unselect').onclick = () => select([]);

// ---- Pages that stand out ----

$('outliers').onclick = doing(async () => {
    const found = await json('/api/outliers');
    select(found.slice(0, Math.max(1, Math.min(20, Math.round(known.pages.length / 20)))).map(({ page }) => page));
    scrollTo('selection');
});
$('copies').onclick = doing(async () => {
    const pairs = await json('/api/duplicates');
    if (!pairs.length) throw new Failure('There are no near-copies among these pages.');
    select([...new Set(pairs.flatMap(({ first, second }) => [first, second]))]);
    scrollTo('selection');
});

const summary = ids => {
    const counts = new Map();
    for (const id of ids) {
        const archetype = known.byID.get(id).archetype || 'no label';
        counts.set(archetype, (counts.get(archetype) || 0) + 1);
    }
    const parts = [...counts].sort((a, b) => b[1] - a[1]).map(([archetype, count]) => `${count} ${archetype}`);
    return parts.slice(0, 5).join(', ') + (parts.length > 5 ? ` and ${parts.length - 5} other archetypes` : '');
};

let shown = '';
whenChanged(() => {
    const ids = state.selected, key = JSON.stringify(ids) + ids.slice(0, 1000).map(id => known.byID.get(id).archetype);
    $('selection').hidden = !ids.length;
    if (!ids.length || key === shown) { shown = key; return; }
    shown = key;
    $('selected').textContent = ids.length === 1 ? '1 page' : `${ids.length} pages: ${summary(ids)}`;
    refill($('selection').querySelector('ol'), ...ids.slice(0, 10).map(id => {
        const button = make('button', { type: 'button', title: known.byID.get(id).path }, make('img', { src: thumbnail(id), alt: '' }));
        button.onclick = () => { choosePage(id); reveal(); };
        return make('li', {}, labelled(`Show ${known.byID.get(id).path} of the selection`, button));
    }));
});

$('middle').onclick = doing(async () => {
    const ids = state.selected, mix = ids.map(page => ({ page, weight: 1 }));
    // Of many pages the code itself is the shorter link.
    const recipe = ids.length > 64 ? { z: (await json('/api/neighbours', { mix, count: 1 })).z } : { mix };
    choose({ recipe, called: `The middle of ${ids.length} pages` });
    reveal();
});

$('trayAll').onclick = doing(() => {
    const held = new Set(state.tray.map(entry => entry.page));
    const added = state.selected.filter(id => !held.has(id));
    const room = trayLimit - state.tray.length;
    if (added.length > room) throw new Failure(`The tray has room for ${room} more: select fewer.`);
    remember();
    for (const id of added) state.tray.push({ recipe: pageRecipe(id), title: known.byID.get(id).path, page: id, weight: 1 });
    changed();
});

$('learn').onsubmit = doing(async event => {
    event.preventDefault();
    const direction = await json('/api/directions', { name: $('directionName').value, to: state.selected });
    addDirection(direction);
    $('directionName').value = '';
    if (state.recipe) addChange({ direction: direction.name });
    $('learned').textContent = `Learned “${direction.name}”, which accounts for ${Math.round(100 * direction.explained)} % of the `
        + 'difference on pages that it was not learned from.' + (state.recipe ? '' : ' Choose a page to move along it.');
});

$('labelAll').onsubmit = doing(async event => {
    event.preventDefault();
    if ($('correctAll').selectedOptions[0]?.disabled ?? true) throw new Failure('Choose a label first.');
    await label(state.selected, $('correctAll').value);
});
