// The explorer's page: loads the space and shows it. What is chosen is in state.js; each part of the page is a file of its own.
import { json } from './api.js';
import { setDirections } from './changes.js';
import { possible } from './choice.js';
import './chosen.js';
import './generate.js';
import { undo } from './history.js';
import { takeBack } from './labels.js';
import './legend.js';
import { restore } from './link.js';
import { setPages, showAllPages } from './map.js';
import { $, oneColumn } from './page.js';
import './pins.js';
import './pointing.js';
import './selection.js';
import { changed, known, state } from './state.js';
import './tray.js';
import './upload.js';
import { doing } from './work.js';

const stepBack = doing(() => takeBack(undo()));
$('undo').onclick = stepBack;
addEventListener('keydown', event => {
    const isTyping = event.target.matches?.('input[type=search], input[type=number], input[type=text]');
    if ((event.ctrlKey || event.metaKey) && event.key === 'z' && !isTyping) { event.preventDefault(); stepBack(); }
});

const openLegend = () => { $('legend').open = !oneColumn.matches; };
oneColumn.addEventListener('change', openLegend);

// Nothing lies under what stays in sight when it is scrolled to.
new ResizeObserver(([{ target }]) => {
    document.querySelector('aside').style.scrollPaddingTop = oneColumn.matches ? '' : `${target.offsetHeight}px`;
}).observe($('shown'));

function start(space, pages, directions) {
    known.load(space, pages);
    setDirections(directions);
    $('run').textContent = space.run;
    document.title = `${space.run} – Wirespace explorer`;
    state.size = possible(space.size);
    setPages();
    openLegend();
    // A link may hide archetypes and hold a view; without one all pages are in sight.
    if (!restore()) showAllPages();
    changed();
    $('loading').hidden = true;
    for (const part of document.querySelectorAll('header, main')) part.inert = false;
    document.documentElement.dataset.ready = 'true';
}

Promise.all(['/api/space', '/api/pages', '/api/directions'].map(path => json(path))).then(answers => start(...answers))
    .catch(error => {
        $('loading').textContent = `${error.message} Load the page again to try once more.`;
        throw error;
    });
