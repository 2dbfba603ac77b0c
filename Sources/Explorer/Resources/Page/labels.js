// What pages are, as a person says: corrected, and taken back.
import { json } from './api.js';
import { fillLegend } from './legend.js';
import { Failure } from './page.js';
import { changed, known, remember } from './state.js';

async function write(archetype, pages) {
    const written = await json('/api/labels', { pages, archetype });
    for (const id of pages) known.relabel(id, written.archetype || null);
    fillLegend();
    changed();
}

export async function label(pages, archetype) {
    if (!archetype) throw new Failure('Choose a label first.');
    const before = Map.groupBy(pages, id => known.byID.get(id).archetype || '');
    await write(archetype, pages);
    remember([...before]);
}

// Writes again what `label` has overwritten.
export async function takeBack(labels) {
    for (const [archetype, pages] of labels) await write(archetype, pages);
}
