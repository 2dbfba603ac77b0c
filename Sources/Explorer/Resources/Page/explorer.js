// The explorer's page: loads the space and shows it. What is chosen is in state.js; each part of the page is a file of its own.
import { json } from './api.js';
import { loadDirections } from './changes.js';
import './chosen.js';
import { fillKinds } from './generate.js';
import { takeBack } from './labels.js';
import { fillLegend, search } from './legend.js';
import { restore } from './link.js';
import { setPages, showAll } from './map.js';
import { $, doing, make } from './page.js';
import './pins.js';
import './pointing.js';
import './selection.js';
import { changed, known, setSize, undo } from './state.js';
import './tray.js';
import './upload.js';

// One after the other: labels are written again.
let lastStep = Promise.resolve();
const stepBack = doing(() => lastStep = lastStep.catch(() => {}).then(() => takeBack(undo())));
$('undo').onclick = stepBack;
addEventListener('keydown', event => {
    const isTyping = event.target.matches?.('input[type=search], input[type=number], input[type=text]');
    if ((event.ctrlKey || event.metaKey) && event.key === 'z' && !isTyping) { event.preventDefault(); stepBack(); }
});

const narrow = matchMedia('(max-width: 860px)');
narrow.addEventListener('change', () => { $('legend').open = !narrow.matches; });

doing(async () => {
    const [space, pages] = await Promise.all([json('/api/space'), json('/api/pages')]);
    known.load(space, pages);
    $('run').textContent = space.run;
    document.title = `${space.run} – Wirespace explorer`;
    setSize(space.size);
    for (const select of [$('correct'), $('correctAll')]) {
        select.replaceChildren(make('option', { value: '', textContent: 'no label' }),
            ...space.archetypes.map(archetype => make('option', { value: archetype, textContent: archetype })));
    }
    $('correctAll').prepend(make('option', { value: '-', textContent: 'choose a label…', disabled: true, selected: true }));
    fillKinds();
    await loadDirections();
    // A link may hide archetypes and hold a view; without one all pages are in sight.
    $('legend').open = !narrow.matches;
    const hasView = restore();
    setPages();
    fillLegend();
    search();
    if (!hasView) showAll();
    changed();
    document.documentElement.dataset.ready = 'true';
})();
