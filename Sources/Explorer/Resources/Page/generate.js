// New pages: of anything, of an archetype, or variants of what is shown.
import { json } from './api.js';
import { choose, drawnAs, recipe, sketchSize } from './choice.js';
import { drawnList } from './lists.js';
import { $, labelled, make, reveal, scrollTo } from './page.js';
import { choosing, known, state, watch } from './state.js';
import { submitting } from './work.js';

let seed = 0;
const fillList = drawnList($('generated'), { keyOf: ({ z }) => z, make: newPage, update: nameNewPage });

// As short as they can be in a link, and still the same page.
const rounded = z => z.map(value => Number(value.toPrecision(4)));

$('generate').onsubmit = submitting($('generate'), async () => {
    const kind = $('kind').value, isVariant = kind === 'variants', variety = Number($('variety').value);
    const what = isVariant ? { around: recipe(), radius: variety } : { ...kind && { archetype: kind }, temperature: variety };
    const called = isVariant ? 'A variant' : kind ? `A new page, ${kind}` : 'A new page';
    const size = state.size, isLast = choosing.mark();
    const { z } = await json('/api/generate', { ...what, count: 6, seed: seed++, diverse: true });
    fillList(z.map(code => ({ z: rounded(code), called, size })));
    if (isLast()) scrollTo('generated');
});

$('variety').oninput = () => { $('variety').nextElementSibling.textContent = Number($('variety').value).toFixed(1); };

function newPage({ z, called, size }, draw) {
    const image = make('img', { alt: '' });
    image.style.aspectRatio = `${size.width} / ${size.height}`;  // it has its place before it is drawn
    draw(image, { z, size: sketchSize(size, 192), ...drawnAs() });
    const button = make('button', { type: 'button' }, image);
    button.onclick = () => { choose({ recipe: { z }, called, size }); reveal(); };
    return make('li', {}, button);
}

function nameNewPage(item, _, index) { labelled(`Show new page ${index + 1}`, item.firstChild); }

watch(() => known.space.places, () => {
    const option = (value, textContent) => make('option', { value, textContent });
    const chosen = $('kind').value;
    $('kind').replaceChildren(option('', 'anything'), option('variants', 'like the page above'),
        ...known.space.places.map(archetype => option(archetype, archetype)));
    $('kind').value = [...$('kind').options].some(({ value }) => value === chosen) ? chosen : '';
});

watch(() => [!state.recipe, known.space.places], () => {
    const variants = $('kind').querySelector('[value=variants]');
    variants.disabled = !state.recipe;
    if (variants.disabled && variants.selected) $('kind').value = '';
});
