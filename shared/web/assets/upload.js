// Sends a form's file in pieces (tus 1.0); goes on where a line or a phone broke off. ES2017.
const { again } = document.currentScript.dataset;
let kept = {}, sending = 0;
try { kept = localStorage; } catch (e) { /* Forbidden. */ }

const recall = key => {
  const [url, until] = (kept[key] || '').split(' ');
  return until > Date.now() ? url : '';
};

document.querySelectorAll('form[data-tus]').forEach(form => {
  const { file, kind, dossier, back, said, cancel } = form.elements, words = said.dataset;
  const bar = form.querySelector('progress'), work = bar.parentNode, prefix = `tus ${kind.value} ${back.value} `;
  let call, at, cancelled, wake = () => 0;

  const say = (text, look) => {
    said.className = look || '';
    if (said.value !== text) said.value = text;
  };
  const show = bytes => {
    bar.value = bytes;
    bar.previousSibling.textContent = Math.floor(100 * bytes / bar.max) + ' %';
  };
  const ask = (method, url, headers, body) => new Promise((done, broken) => {
    call = new XMLHttpRequest();
    call.open(method, url);
    call.responseType = 'json';
    call.timeout = 120000;
    call.setRequestHeader('Tus-Resumable', '1.0.0');
    for (const name in headers) call.setRequestHeader(name, headers[name]);
    if (body) call.upload.onprogress = ({ loaded }) => show(at + loaded);
    call.onloadend = () => [0, 408, 409, 500, 502, 503, 504].includes(call.status) ? broken() : done();
    call.send(body);
  });

  const send = async chosen => {
    const key = prefix + [chosen.name, chosen.size, chosen.lastModified];
    const about = `filename ${btoa(unescape(encodeURIComponent(chosen.name)))},kind ${btoa(kind.value)},dossier ${btoa(dossier.value)}`;
    let url = recall(key), paper, wait = 1000;
    at = -1;
    bar.max = chosen.size;
    show(0);
    say(url ? words.goesOn : words.begins);
    while (!cancelled) try {
      const on = back.value + (back.value.includes('?') ? '&' : '?') + 'document=' + paper;
      if (paper && sending < 2) return location.assign(on);
      await (paper ? ask('GET', on)
        : !url ? ask('POST', form.dataset.tus, { 'Upload-Length': chosen.size, 'Upload-Metadata': about })
        : at < 0 ? ask('HEAD', url)
        : ask('PATCH', url, { 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': at },
          chosen.slice(at, at + 256 * 1024)));
      const { status, response } = call, header = name => call.getResponseHeader(name);
      if (url && at < 0 && [404, 410].includes(status)) url = '';
      else if (status > 399) {
        if (![401, 507].includes(status)) delete kept[key];
        return say((response || {})[words.detail] || words.failed, 'error');
      } else if (paper) return say(words.done);
      else {
        url = header('Location') || url;
        at = parseInt(header('Upload-Offset'), 10);
        paper = header('Motcua-Document');
        if (paper) delete kept[key];
        else if (!(at < chosen.size)) throw at;
        else kept[key] = url + ' ' + Date.parse(header('Upload-Expires'));
        if (wait > 1000) say(words.goesOn);
        wait = 1000;
        show(at);
      }
    } catch (e) {
      if (cancelled) break;
      at = -1;
      say(words.waits);
      await new Promise(go => {
        wake = go;
        addEventListener('online', go);
        setTimeout(go, wait * (0.5 + Math.random()));
      });
      wait = Math.min(wait * 2, 30000);
    }
    say(words.cancelled);
    if (url) await ask('DELETE', url).then(() => delete kept[key], e => e);
  };

  form.onsubmit = async event => {
    event.preventDefault();
    if (!work.hidden) return;
    cancelled = work.hidden = false;
    sending++;
    await send(file.files[0]);
    sending--;
    if (document.activeElement === cancel) file.focus();
    work.hidden = true;
  };
  cancel.onclick = () => {
    cancelled = true;
    call.abort();
    wake();
  };
  for (const key in kept) if (key.startsWith(prefix) && recall(key)) say(words.unfinished);
});

if (again) setInterval(() => sending || document.querySelector('[type=file]:valid') || location.reload(), again * 1000);
