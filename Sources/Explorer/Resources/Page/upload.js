// A page of one's own: a picture, or a layout in JSON.
import { ask } from './api.js';
import { $, Failure, doing, reveal } from './page.js';
import { choose, known, setSize, state, uploads, whenChanged } from './state.js';

// Of a picture in colour the model sees what is left of it as a wireframe, if a person says that it is a screenshot.
async function encode(file, isScreenshot) {
    const address = '/api/encode' + (isScreenshot ? '?style=screenshot' : '');
    const answer = await (await ask(address, file, { type: file.type || 'application/octet-stream' })).json();
    setSize(answer);
    const picture = uploads.push({ page: answer.page, file }) - 1;
    const z = answer.place.z.map(value => Number(value.toPrecision(6)));
    choose({ recipe: { mix: [{ of: { z } }] }, upload: { name: file.name, picture, isScreenshot } });
    reveal();
}

const open = doing(async file => {
    if (!file) return;
    const { uploadBytes } = known.space.limits;
    if (file.size > uploadBytes) throw new Failure(`The file is larger than ${uploadBytes >> 20} MiB.`);
    await encode(file, false);
});

$('isScreenshot').onchange = doing(() => encode(uploads[state.upload.picture].file, $('isScreenshot').checked));

whenChanged(() => {
    const isPicture = state.upload && !uploads[state.upload.picture].file.name.toLowerCase().endsWith('.json');
    $('screenshot').hidden = !isPicture;
    if (isPicture) $('isScreenshot').checked = state.upload.isScreenshot;
});

$('file').onchange = () => { open($('file').files[0]); $('file').value = ''; };
addEventListener('dragover', event => { event.preventDefault(); $('drop').hidden = false; });
addEventListener('dragleave', event => { if (!event.relatedTarget) $('drop').hidden = true; });
addEventListener('drop', event => { event.preventDefault(); $('drop').hidden = true; open(event.dataTransfer.files[0]); });
