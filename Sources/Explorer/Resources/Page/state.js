// What is known of the space, and what a person has chosen in it.
import { Turns, failed } from './work.js';

export const known = {
    space: null,
    pages: [],
    byID: new Map(),
    revision: 0,                              // grows when a label changes, which archetypes' middles and much else follow
    load(space, pages) {
        Object.assign(this, { space, pages, byID: new Map(pages.map(page => [page.id, page])) });
        for (const page of pages) this.relabel(page.id, page.archetype);
    },
    relabel(id, archetype) {
        const page = this.byID.get(id);
        page.archetype = archetype || null;
        page.text = `${archetype || ''} ${this.space.englishNames[archetype] || ''} ${page.path}`.toLowerCase();
        this.revision++;
    },
};

// All of it is in the link but the pictures of uploaded files, and large selections.
//
// `recipe` and `changes` are as the server takes them, `page` and `selected` are numbers of pages. The tray has
// { recipe, title, page, size, weight }; a pin has what of the state makes a page: see `choiceKeys`.
export const state = {
    recipe: null, page: null, upload: null, called: '', changes: [], size: { width: 0, height: 0 },
    tray: [], pins: [], hidden: [], selected: [], asPixels: false };
export const choiceKeys = ['recipe', 'page', 'upload', 'called', 'changes', 'size'];
export const trayLimit = 60;                  // as many as an animation may lead through
export const pinLimit = 24;
export const uploads = [];                    // { page, file }, which would make each step of the past large

// Late answers ask whether something else was chosen, or selected, since.
export const choosing = new Turns(), selecting = new Turns();

// ---- Who wants to know of changes ----

const watchers = [];

// Has `action` called after a change of what `key` says, and when the page is loaded.
//
// Returns a function that has it called after the next change of anything.
export function watch(key, action) {
    let last;
    watchers.push(() => {
        const now = JSON.stringify(key());
        if (now === last) return;
        last = now;
        action();
    });
    return () => { last = undefined; };
}

// To be called after every change of the state and of what is known. One part's failure is not the others'.
export function changed() {
    for (const look of watchers) {
        try { look(); } catch (error) { failed(look)(error); }
    }
}
