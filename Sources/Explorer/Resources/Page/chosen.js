// The panel: the chosen page or place, and what can be done with it.
import { json, picture, thumbnail } from './api.js';
import { label } from './labels.js';
import { keepLink } from './link.js';
import { marked, redraw } from './map.js';
import { $, doing, failed, labelled, latest, make, refill, save, show } from './page.js';
import {
    changed, choosePage, drawnAs, fileName, known, recipe, remember, size, state, title, uploads, whenChanged,
} from './state.js';

let filled = '';                             // what the panel shows: nothing is drawn again that has not changed

const refresh = latest(async () => {
    $('current').setAttribute('aria-busy', 'true');
    await fill();
    $('current').setAttribute('aria-busy', 'false');
});
whenChanged(refresh);

const fill = doing(async () => {
    const key = JSON.stringify([recipe(), state.page, state.upload, title(), size(), drawnAs(), known.outdated]);
    if (key === filled) return;
    known.layout?.abort();
    filled = '';
    const chosen = recipe(), page = known.byID.get(state.page) || null;
    $('title').textContent = title();
    $('hint').hidden = !!chosen;
    for (const id of ['actions', 'walk', 'drawn', 'probabilities', 'neighbours']) $(id).hidden = !chosen;
    $('unlike').hidden ||= !chosen;
    $('original').hidden = !page && !state.upload;
    $('label').hidden = !page;
    $('drawing').hidden = !chosen || !known.space.layouts;
    $('asLayout').checked = !state.asPixels;
    if (!chosen) { marked.place = null; redraw(); return; }
    if (page) {
        show($('original'), `/api/pages/${page.id}/picture.png`, page.archetype || 'no label');
        $('correct').value = page.archetype || '';
        marked.place = page;
        redraw();
    } else if (state.upload) {
        show($('original'), uploads[state.upload.picture].page, 'As the model sees it');
    }
    const question = page ? { ...chosen, count: 10, except: page.id } : { ...chosen, count: 10 };
    const [image, answer] = await Promise.all([
        picture('/api/decode', { ...chosen, size: size() }), json('/api/neighbours', question)]).catch(error => {
        for (const id of ['drawn', 'probabilities', 'unlike', 'neighbours']) $(id).hidden = true;  // they are of what was shown before
        throw error;
    });
    const asLayout = !!drawnAs().as;
    show($('drawn'), image, asLayout ? 'Its layout follows …' : state.page === null && !state.upload ? 'Drawn' : 'Drawn from its code');
    known.z = answer.z;
    marked.place = !chosen.offsets?.length && (page || chosen.point) || answer;
    fillProbabilities(answer.archetypes);
    $('unlike').hidden = !answer.isOutOfDistribution;
    fillNeighbours(answer.neighbours);
    redraw();
    filled = key;
    if (asLayout) drawLayout(chosen).catch(error => {
        failed(error);
        if (error.name === 'AbortError') return;
        filled = '';                         // to be tried again
        $('drawn').querySelector('figcaption').textContent = 'Drawn from its code, in pixels';
    });
});

// A page's layout takes seconds: its pixels are shown until it is there, and it is given up when something else is chosen.
async function drawLayout(chosen) {
    known.layout = new AbortController();
    const image = await picture('/api/decode', { ...chosen, size: size(), ...drawnAs() }, { signal: known.layout.signal });
    show($('drawn'), image, 'A layout of its code');
}

whenChanged(keepLink);

function fillProbabilities(archetypes) {
    $('probabilities').hidden = !archetypes.length;
    $('probabilities').querySelector('ol').replaceChildren(...archetypes.slice(0, 4).map(({ archetype, probability }) =>
        make('li', {}, make('span', { textContent: archetype }),
            labelled(`probability of ${archetype}`, make('meter', { value: probability })),
            make('b', { textContent: `${(100 * probability).toFixed(probability > 0.1 ? 0 : 1)} %` }))));
}

function fillNeighbours(neighbours) {
    refill($('neighbours').querySelector('ol'),
        ...neighbours.filter(({ page }) => known.byID.has(page)).map(({ page: id, distance }) => {
            const page = known.byID.get(id), text = distance.toFixed(2);
            const button = make('button', { type: 'button', title: page.path },
                make('img', { src: thumbnail(id), alt: '', loading: 'lazy' }), make('span', { textContent: text }));
            button.onclick = () => choosePage(id);
            return make('li', {}, labelled(`${page.path}, distance ${text}`, button));
        }));
}

// ---- Changing it ----

$('asLayout').onchange = () => {
    remember();
    state.asPixels = !$('asLayout').checked;
    changed();
};

for (const id of ['width', 'height']) {
    $(id).onchange = () => {
        const { leastSide, greatestSide } = known.space.limits;
        $(id).value = Math.max(leastSide, Math.min(Math.round(Number($(id).value)) || leastSide, greatestSide));
        changed();
    };
}

$('label').onsubmit = doing(async event => {
    event.preventDefault();
    await label([state.page], $('correct').value);
});

for (const button of document.querySelectorAll('[data-export]')) {
    button.onclick = doing(async () => {
        const format = button.dataset.export;
        const address = await picture('/api/export', { ...recipe(), size: size(), ...drawnAs(), format });
        save(address, `${fileName()}.${format === 'json' ? 'layout.json' : format}`);
    });
}
