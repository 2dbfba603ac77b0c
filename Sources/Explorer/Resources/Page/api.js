// Talking to the server: see /api/openapi.json.
import { Failure, failed, refill } from './page.js';

// An aborted request closes its connection, and the server leaves out what nobody waits for.
export async function ask(path, body, { type, signal } = {}) {
    const options = body === undefined ? { signal } : {
        method: 'POST', headers: { 'Content-Type': type || 'application/json' },
        body: type ? body : JSON.stringify(body), signal,
    };
    for (let attempt = 0; ; attempt++) {
        let answer;
        try { answer = await fetch(path, options); } catch (error) {
            if (error.name === 'AbortError') throw error;
            throw new Failure('The server does not answer.');
        }
        if (answer.status === 503 && attempt < 5) {
            await new Promise(done => setTimeout(done, 1000 * (Number(answer.headers.get('Retry-After')) || 1)));
            continue;
        }
        if (answer.ok) return answer;
        const { error } = await answer.json().catch(() => ({ error: { message: answer.statusText } }));
        throw new Failure(error.message + (error.remedy ? ` (${error.remedy})` : ''));
    }
}

export const json = async (path, body, more) => (await ask(path, body, more)).json();
export const picture = async (path, body, more) => URL.createObjectURL(await (await ask(path, body, more)).blob());

// Fills a list whose pictures are drawn, again and again: what is being drawn for the entries of before is given up.
//
// `entries` makes them, given a function that draws a question into an image.
export function drawnList(list) {
    let drawing = null;
    return entries => {
        drawing?.abort();
        drawing = new AbortController();
        const { signal } = drawing;
        for (const image of list.querySelectorAll('img')) URL.revokeObjectURL(image.src);
        refill(list, ...entries((image, question) =>
            picture('/api/decode', question, { signal }).then(address => { image.src = address; }, failed)));
    };
}

export const thumbnail = id => `/api/pages/${id}/thumbnail.png`;
