// New pages: of anything, of an archetype, or variants of what is shown.
import { drawnList, json } from './api.js';
import { $, doing, labelled, make, reveal, scrollTo } from './page.js';
import { choose, drawnAs, known, recipe, size, sketchSize, state, whenChanged } from './state.js';

let seed = 0;
const fillList = drawnList($('generated'));

// As short as they can be in a link, and still the same page.
const rounded = z => z.map(value => Number(value.toPrecision(4)));

$('generate').onsubmit = doing(async event => {
    event.preventDefault();
    const kind = $('kind').value, isVariant = kind === 'variants';
    const what = isVariant ? { around: recipe(), radius: Number($('variety').value) }
        : { ...kind && { archetype: kind }, temperature: Number($('variety').value) };
    const { z } = await json('/api/generate', { ...what, count: 6, seed: seed++, diverse: true });
    const called = isVariant ? 'A variant' : kind ? `A new page, ${kind}` : 'A new page';
    fillList(draw => z.map((code, index) => generated(rounded(code), called, index, draw)));
    scrollTo('generated');
});

$('variety').oninput = () => { $('variety').nextElementSibling.textContent = Number($('variety').value).toFixed(1); };

function generated(z, called, index, draw) {
    const { width, height } = size(), image = make('img', { alt: '' });
    image.style.aspectRatio = `${width} / ${height}`;  // it has its place before it is drawn
    draw(image, { z, size: sketchSize(192), ...drawnAs() });
    const button = labelled(`Show new page ${index + 1}`, make('button', { type: 'button' }, image));
    button.onclick = () => { choose({ recipe: { z }, called }); reveal(); };
    return make('li', {}, button);
}

export function fillKinds() {
    const option = (value, textContent) => make('option', { value, textContent });
    const chosen = $('kind').value;
    $('kind').replaceChildren(option('', 'anything'), option('variants', 'like the page above'),
        ...known.space.places.map(archetype => option(archetype, archetype)));
    $('kind').value = chosen === 'variants' || known.space.places.includes(chosen) ? chosen : '';
}

whenChanged(() => {
    const variants = $('kind').querySelector('[value=variants]');
    if (!variants) return;
    variants.disabled = !state.recipe;
    if (variants.disabled && variants.selected) $('kind').value = '';
});
