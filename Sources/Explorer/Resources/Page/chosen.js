// The panel: the chosen page or place, and what can be done with it.
import { json, pause, picture, thumbnail } from './api.js';
import { choosePage, drawnAs, fileName, recipe, title } from './choice.js';
import { remember } from './history.js';
import { label } from './labels.js';
import { markPlace } from './map.js';
import { $, labelled, make, refill, save, setFigure } from './page.js';
import { changed, known, state, uploads, watch } from './state.js';
import { doing, failed, latest, submitting, whileBusy, working } from './work.js';

const page = () => known.byID.get(state.page);

// ---- What is known at once ----

watch(() => [title(), !state.recipe], () => {
    $('title').textContent = title();
    $('hint').hidden = !!state.recipe;
    for (const id of ['actions', 'walk']) $(id).hidden = !state.recipe;
});

watch(() => [page()?.id, page()?.archetype, state.upload], () => {
    $('original').hidden = !page() && !state.upload;
    if (page()) setFigure($('original'), `/api/pages/${page().id}/picture.png`, page().archetype || 'no label');
    else if (state.upload) setFigure($('original'), uploads[state.upload.picture].page, 'As the model sees it');
});

watch(() => [state.size], () => {
    for (const side of ['width', 'height']) $(side).value = state.size[side];
});

watch(() => [state.asPixels, !state.recipe], () => {
    $('drawing').hidden = !state.recipe || !known.space.layouts;
    $('asLayout').checked = !state.asPixels;
});

// ---- What the server says of it ----

let subject = '', asked = new AbortController(), layout = new AbortController();

// What is another thing, not the same one changed a little: a slider's last answers may be shown while the next one comes.
const subjectOf = ({ page, upload, called, recipe }) => JSON.stringify([!recipe, page, upload, called, recipe?.point, recipe?.z]);

const askAgain = watch(
    () => [recipe(), state.page, state.upload, state.called, state.size, drawnAs(), known.revision], () => {
        layout.abort();
        if (subjectOf(state) !== subject) startAnew();
        if (state.recipe) refresh();
    });

function startAnew() {
    subject = subjectOf(state);
    asked.abort();
    asked = new AbortController();
    markPlace(page() || state.recipe?.point || null);
    if (!state.recipe) hideAnswers();
    $('drawn').querySelector('figcaption').textContent = 'Drawing …';
}

function hideAnswers() {
    for (const id of ['drawn', 'probabilities', 'unlike', 'neighbours']) $(id).hidden = true;
}

const refresh = latest(doing(() => whileBusy($('current'), async () => {
    const code = recipe(), { signal } = asked;
    layout.abort();                           // or what is asked now would wait for it
    if (!code) return;
    try {
        const [image, answer] = await Promise.all([
            picture('/api/decode', { ...code, size: state.size }, { signal }),
            json('/api/neighbours', { ...code, count: 10, ...page() && { except: page().id } }, { signal })]);
        fill(code, image, answer);
    } catch (error) {
        if (error.name !== 'AbortError') { hideAnswers(); askAgain(); }
        throw error;
    }
}), $('current')));

function fill(code, image, answer) {
    const isLayout = !!drawnAs().as;
    setFigure($('drawn'), image, isLayout ? 'Its layout follows …' : page() || state.upload ? 'Drawn from its code' : 'Drawn');
    markPlace(!code.offsets?.length && (page() || code.point) || answer);
    fillProbabilities(answer.archetypes);
    $('unlike').hidden = !answer.isOutOfDistribution;
    fillNeighbours(answer.neighbours);
    if (isLayout) drawLayout(code);
}

// A page's layout takes seconds: its pixels are shown until it is there, and it is given up when something else is chosen.
async function drawLayout(code) {
    layout.abort();
    layout = new AbortController();
    const { signal } = layout, question = { ...code, size: state.size, ...drawnAs() };
    // While a slider moves none is begun: what the slider asks for next would wait for it.
    await pause(0.25);
    if (signal.aborted) return;
    try {
        setFigure($('drawn'), await picture('/api/decode', question, { signal }), 'A layout of its code');
    } catch (error) {
        failed($('current'))(error);
        if (error.name === 'AbortError') return;
        askAgain();
        $('drawn').querySelector('figcaption').textContent = 'Drawn from its code, in pixels';
    }
}

// Shows another picture than that of the chosen page, until the next change.
export function showInstead(image, text) {
    layout.abort();
    asked.abort();
    asked = new AbortController();
    askAgain();
    setFigure($('drawn'), image, text);
    $('drawn').scrollIntoView({ block: 'nearest' });
}

function fillProbabilities(archetypes) {
    $('probabilities').hidden = !archetypes.length;
    $('probabilities').querySelector('ol').replaceChildren(...archetypes.slice(0, 4).map(({ archetype, probability }) =>
        make('li', {}, make('span', { textContent: archetype }),
            labelled(`probability of ${archetype}`, make('meter', { value: probability })),
            make('b', { textContent: `${(100 * probability).toFixed(probability > 0.1 ? 0 : 1)} %` }))));
}

function fillNeighbours(neighbours) {
    $('neighbours').hidden = false;
    refill($('neighbours').querySelector('ol'),
        ...neighbours.filter(({ page }) => known.byID.has(page)).map(({ page: id, distance }) => {
            const page = known.byID.get(id), text = distance.toFixed(2);
            const button = make('button', { type: 'button', title: page.path },
                make('img', { src: thumbnail(id), alt: '', loading: 'lazy' }), make('span', { textContent: text }));
            button.onclick = () => choosePage(id);
            return make('li', {}, labelled(`${page.path}, distance ${text}`, button));
        }));
}

// ---- Changing how it is drawn ----

$('asLayout').onchange = () => {
    remember();
    state.asPixels = !$('asLayout').checked;
    changed();
};

for (const side of ['width', 'height']) {
    $(side).onchange = () => {
        remember();
        const { leastSide, greatestSide } = known.space.limits, wanted = Math.round(Number($(side).value)) || leastSide;
        state.size = { ...state.size, [side]: Math.max(leastSide, Math.min(wanted, greatestSide)) };
        $(side).value = state.size[side];     // though it may be what it was
        changed();
    };
}

// ---- Its label ----

let labelledPage = null;                      // the one whose label the form shows

watch(() => [page()?.id, page()?.archetype, known.space.archetypes], () => {
    labelledPage = page()?.id;
    $('label').hidden = !page();
    $('correct').value = page()?.archetype || '';
});

$('label').onsubmit = submitting($('label'), () => label([labelledPage], $('correct').value));

// ---- As a file ----

for (const button of document.querySelectorAll('[data-export]')) {
    button.onclick = working(button, async () => {
        const format = button.dataset.export, name = fileName();
        save(await picture('/api/export', { ...recipe(), size: state.size, ...drawnAs(), format }),
            `${name}.${format === 'json' ? 'layout.json' : format}`);
    });
}
