// What pages are, as a person says: corrected, and taken back.
import { json } from './api.js';
import { chooseColours } from './colours.js';
import { forget, remember } from './history.js';
import { $, make } from './page.js';
import { changed, known, watch } from './state.js';

// ---- What there is to choose from ----

watch(() => known.space.archetypes, () => {
    for (const select of [$('correct'), $('correctAll')]) {
        select.replaceChildren(make('option', { value: '', textContent: 'no label' }),
            ...known.space.archetypes.map(archetype => make('option', { value: archetype, textContent: archetype })));
    }
    $('correctAll').prepend(make('option', { value: '-', textContent: 'choose a label…', disabled: true, selected: true }));
});

// ---- Writing ----

const conflict = 409;                         // somebody else was faster

// One after the other: what was on a page is known only when the label before is written.
let last = Promise.resolve();
const inTurn = write => last = last.catch(() => {}).then(write);

export const label = (pages, archetype) => inTurn(async () => {
    const labelOf = id => known.byID.get(id).archetype || '';
    const step = pages.some(id => labelOf(id) !== archetype) ? remember([...Map.groupBy(pages, labelOf)]) : null;
    try { await write(pages, archetype); } catch (error) { forget(step); throw error; }
});

// Writes again what `label` has overwritten; it can be tried again where that fails, unless others' labels are there now.
export const takeBack = labels => inTurn(async () => {
    try {
        for (const [archetype, pages] of labels) await write(pages, archetype);
    } catch (error) {
        if (error.status !== conflict) remember(labels);
        throw error;
    }
});

// The server refuses if a page has not the label any more that is seen here.
async function write(pages, archetype) {
    const before = Object.fromEntries(pages.map(id => [id, known.byID.get(id).archetype]));
    try {
        const written = await json('/api/labels', { pages, archetype, before });
        take(pages.map(id => ({ id, archetype: written.archetype })), written.places);
    } catch (error) {
        if (error.status === conflict) await readLabels();
        throw error;
    }
}

// ---- What others have written ----

async function readLabels() {
    const [pages, space] = await Promise.all([json('/api/pages'), json('/api/space')]);
    if (space.archetypes.join('\n') !== known.space.archetypes.join('\n')) {
        known.space.archetypes = space.archetypes;
        chooseColours();
    }
    take(pages, space.places);
}

function take(pages, places) {
    const differ = pages.filter(({ id, archetype }) => known.byID.has(id) && known.byID.get(id).archetype !== (archetype || null));
    for (const { id, archetype } of differ) known.relabel(id, archetype);
    known.space.places = places;
    if (differ.length) changed();
}

document.addEventListener('visibilitychange', () => {
    if (!document.hidden && known.space) inTurn(readLabels).catch(() => {});  // nobody has asked for it
});
