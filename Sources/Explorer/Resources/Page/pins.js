// Drawn pages that are kept side by side.
import { choice, choose, drawnAs, recipe, title } from './choice.js';
import { remember } from './history.js';
import { drawnList } from './lists.js';
import { $, labelled, make } from './page.js';
import { changed, pinLimit, state, watch } from './state.js';
import { Failure, doing } from './work.js';

$('pin').onclick = doing(() => {
    if (state.pins.length >= pinLimit) throw new Failure(`There is room for ${pinLimit} pins: take one away first.`);
    remember();
    state.pins.push(choice());
    changed();
});

const fillList = drawnList($('pins').querySelector('div'), {
    keyOf: pin => [recipe(pin), pin.size, title(pin), drawnAs()], make: pinned, update: numberPin });

function pinned(pin, draw) {
    const image = make('img', { alt: title(pin) });
    draw(image, { ...recipe(pin), size: pin.size, ...drawnAs() });
    return make('figure', {}, image, make('figcaption', {}, make('span'),
        make('button', { type: 'button', className: 'back', textContent: 'Show' }),
        make('button', { type: 'button', className: 'remove', textContent: '×' })));
}

function numberPin(figure, pin, index) {
    figure.querySelector('span').textContent = index + 1;
    const back = labelled(`Show pin ${index + 1}, ${title(pin)}, again`, figure.querySelector('.back'));
    back.onclick = () => {
        choose(structuredClone(pin));
        fillPins();                           // one that could not be drawn is tried again
    };
    labelled(`Unpin ${index + 1}, ${title(pin)}`, figure.querySelector('.remove')).onclick = () => {
        remember();
        state.pins.splice(index, 1);
        changed();
    };
}

function fillPins() {
    $('pins').hidden = !state.pins.length;
    fillList(state.pins);
}

watch(() => [state.pins, drawnAs()], fillPins);
