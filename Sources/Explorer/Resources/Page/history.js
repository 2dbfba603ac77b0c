// Undo: the states before, each with the labels that were overwritten then.
import { $ } from './page.js';
import { changed, choosing, selecting, state } from './state.js';

const past = [];

const tellUndo = () => { $('undo').disabled = !past.length; };

// To be called before a change. Labels are not in the state: [archetype, pages] as they were.
//
// Returns the step, which `forget` takes.
export function remember(labels = []) {
    const step = { state: JSON.stringify(state), labels };
    const last = past.at(-1);
    if (labels.length || last?.labels.length || step.state !== last?.state) past.push(step);
    if (past.length > 100) past.shift();
    tellUndo();
    return step;
}

// For a change that did not happen.
export function forget(step) {
    if (past.includes(step)) past.splice(past.indexOf(step), 1);
    tellUndo();
}

// A slider that is dragged is one step of the past, not a hundred.
export function rememberOnce(slider, move) {
    let isMoving = false;
    slider.addEventListener('input', event => {
        if (!isMoving) remember();
        isMoving = true;
        move(event);
    });
    slider.addEventListener('change', () => { isMoving = false; });
}

// Goes back to the last state that is another one. Returns labels that are to be written again.
export function undo() {
    const now = JSON.stringify(state);
    let step;
    do step = past.pop(); while (step && !step.labels.length && step.state === now);
    tellUndo();
    if (!step) return [];
    choosing.take();
    selecting.take();
    Object.assign(state, JSON.parse(step.state));
    changed();
    return step.labels;
}
