// What pages are, as a person says: corrected, and taken back.
import { json } from './api.js';
import { fillChoices } from './changes.js';
import { fillKinds } from './generate.js';
import { fillLegend } from './legend.js';
import { changed, known, remember } from './state.js';

async function write(archetype, pages) {
    const written = await json('/api/labels', { pages, archetype });
    for (const id of pages) known.relabel(id, written.archetype || null);
    known.space.places = written.places;
    fillLegend();
    fillChoices();
    fillKinds();
    changed();
}

export async function label(pages, archetype) {
    const before = Map.groupBy(pages, id => known.byID.get(id).archetype || '');
    await write(archetype, pages);
    remember([...before]);
}

// Writes again what `label` has overwritten; it can be tried again where that fails.
export async function takeBack(labels) {
    try {
        for (const [archetype, pages] of labels) await write(archetype, pages);
    } catch (error) {
        remember(labels);
        throw error;
    }
}
