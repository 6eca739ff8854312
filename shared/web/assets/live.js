// Loads the page again when what it shows has changed: asks every five seconds, for half an hour. It asks for the state of what
// data-of names, or else for the page itself. ES2017.
const { of, state } = document.currentScript.dataset;
const words = page => page.querySelector('main').textContent;
const changed = async answer => of
  ? (await answer.json()).state !== state
  : words(new DOMParser().parseFromString(await answer.text(), 'text/html')) !== words(document);
let left = 360;
const asking = setInterval(async () => {
  if (!left--) clearInterval(asking);
  try {
    const answer = await fetch(of || location.href, { headers: { accept: of ? 'application/json' : 'text/html' } });
    if (answer.ok && await changed(answer)) location.reload();
  } catch (e) { /* The line is away; it may come back. */ }
}, 5000);
