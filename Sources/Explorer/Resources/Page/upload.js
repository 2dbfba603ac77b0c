// A page of one's own: a PNG file, or a layout in JSON.
import { ask } from './api.js';
import { $, Failure, doing, reveal } from './page.js';
import { choose, known, setSize, uploads } from './state.js';

const open = doing(async file => {
    if (!file) return;
    const { uploadBytes } = known.space.limits;
    if (file.size > uploadBytes) throw new Failure(`The file is larger than ${uploadBytes >> 20} MiB.`);
    const answer = await (await ask('/api/encode', file, { type: file.type || 'application/octet-stream' })).json();
    setSize(answer);
    const picture = uploads.push(answer.page) - 1;
    choose({ recipe: { z: answer.place.z.map(value => Number(value.toPrecision(6))) }, upload: { name: file.name, picture } });
    reveal();
});

$('file').onchange = () => { open($('file').files[0]); $('file').value = ''; };
addEventListener('dragover', event => { event.preventDefault(); $('drop').hidden = false; });
addEventListener('dragleave', event => { if (!event.relatedTarget) $('drop').hidden = true; });
addEventListener('drop', event => { event.preventDefault(); $('drop').hidden = true; open(event.dataTransfer.files[0]); });
