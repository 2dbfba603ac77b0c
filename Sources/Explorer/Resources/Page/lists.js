// Lists whose pictures are drawn.
import { picture } from './api.js';
import { refill, releasePicture, setPicture } from './page.js';
import { failed, say } from './work.js';

// A function that fills a list, again and again: an entry whose key was there before keeps its element, and so its picture;
// what is being drawn for entries that are gone is given up, what could not be drawn is tried again.
//
// `keyOf` names what an entry shows, `make` builds its element, given a function that draws a question into an image,
// `update` tells the element its entry and its number, which may be others each time.
export function drawnList(list, { keyOf, make, update = () => {} }) {
    let items = new Map();                    // key to { element, drawing, hasFailed }

    function build(entry) {
        const item = { drawing: new AbortController() }, { signal } = item.drawing;
        item.element = make(entry, (image, question) => picture('/api/decode', question, { signal })
            .then(blob => { setPicture(image, blob); say('', list); })
            .catch(error => { item.hasFailed = true; failed(list)(error); }));
        return item;
    }

    function giveUp({ element, drawing }) {
        drawing.abort();
        element.querySelectorAll('img').forEach(releasePicture);
    }

    return entries => {
        const before = items;
        items = new Map();
        entries.forEach((entry, index) => {
            let key = JSON.stringify(keyOf(entry));
            while (items.has(key)) key += '+';  // what is there twice
            const kept = before.get(key), item = kept && !kept.hasFailed ? kept : build(entry);
            if (item === kept) before.delete(key);
            items.set(key, item);
            update(item.element, entry, index);
        });
        before.forEach(giveUp);
        const elements = [...items.values()].map(({ element }) => element), shown = [...list.children];
        // A slider that is moved to its own place lets go of the mouse.
        if (elements.length !== shown.length || elements.some((element, at) => element !== shown[at])) refill(list, ...elements);
    };
}
