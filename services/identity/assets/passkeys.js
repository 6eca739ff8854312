// Adds passkeys and signs in by them, where the browser can. Without it all else works. ES2017.
(() => {
  const place = document.getElementById('passkey');
  const none = document.getElementById('passkey-none');
  const told = document.getElementById('passkey-told');
  if (!place || !window.PublicKeyCredential || location.origin !== place.dataset.origin) return;

  // A refusal of ours, in words for people, and the field it is about.
  class Refused extends Error {
    constructor(words, field) {
      super(words);
      this.field = field;
    }
  }

  const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0));
  const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
  const named = list => (list || []).map(one => Object.assign({}, one, { id: bytes(one.id) }));

  async function post(path, body) {
    const asked = {
      method: 'POST', headers: { accept: 'application/json', 'content-type': 'application/json' }, body: JSON.stringify(body),
    };
    const answer = await fetch(path, asked).catch(() => { throw new Refused(told.dataset.line); });
    const said = await answer.json().catch(() => ({}));
    if (answer.ok) return said;
    const [wrong] = said.errors || [];
    throw new Refused(wrong ? wrong.vi : said.title || told.dataset.line, wrong && wrong.field);
  }

  // Runs one ceremony: asks us for a challenge, the device for its answer, and us what comes of it.
  async function hold(ask, use, answerTo) {
    const { ticket, options } = await ask();
    const began = performance.now();
    let made;
    try {
      made = await use(Object.assign({}, options, { challenge: bytes(options.challenge) }));
    } catch (error) {
      const late = performance.now() - began >= (options.timeout || Infinity);
      const kinds = { InvalidStateError: 'known', SecurityError: 'elsewhere', NotAllowedError: late ? 'late' : 'cancelled' };
      const kind = kinds[error.name] || 'unfit';
      throw new Refused(told.dataset[kind === 'cancelled' && options.user ? 'stopped' : kind]);
    }
    const response = {};
    for (const part of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
      if (made.response[part]) response[part] = text(made.response[part]);
    }
    if (made.response.getTransports) response.transports = made.response.getTransports();
    const { id, type } = made;
    const credential = { id, rawId: text(made.rawId), type, response, extensions: made.getClientExtensionResults() };
    await post(answerTo, { ticket, credential });
  }

  const create = options => navigator.credentials.create({
    publicKey: Object.assign({}, options, {
      user: Object.assign({}, options.user, { id: bytes(options.user.id) }),
      excludeCredentials: named(options.excludeCredentials),
    }),
  });
  const get = options => navigator.credentials.get({
    publicKey: Object.assign({}, options, { allowCredentials: named(options.allowCredentials) }),
  });

  // One press at a time; what went wrong is said, and where to put it right.
  async function press(button, act) {
    if (button.disabled) return;
    button.disabled = true;
    told.textContent = '';
    told.className = '';
    try {
      await act();
    } catch (error) {
      button.disabled = false;
      told.className = 'box bad';
      told.textContent = error instanceof Refused ? error.message : told.dataset.unfit;
      const field = error.field && document.getElementById(error.field);
      (field || button).focus();
    }
  }

  const form = document.getElementById('passkey-new');
  if (form) {
    form.addEventListener('submit', event => {
      event.preventDefault();
      const filled = {};
      for (const [name, value] of new FormData(form)) filled[name] = value;
      press(form.querySelector('button'), async () => {
        await hold(() => post('/identity/passkeys/challenge', filled), create, '/identity/passkeys');
        location.assign('/identity/passkeys');
      });
    });
  }
  const enter = document.getElementById('passkey-enter');
  if (enter) {
    enter.addEventListener('click', () => press(enter, async () => {
      await hold(() => post(place.dataset.challenge, {}), get, '/identity/sessions/passkey');
      location.assign(place.dataset.back);
    }));
  }
  if (none) none.hidden = true;
  place.hidden = false;
})();
