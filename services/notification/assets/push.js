// Turns notes in this browser on and off, where it can show them. Without it the inbox is the same. ES2017.
const { key } = document.currentScript.dataset;
const button = document.getElementById('push');
const worker = '/notification/worker.js';
const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0));
const post = (path, body) => fetch(path, {
  method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
});

async function show() {
  const there = await navigator.serviceWorker.register(worker);
  const now = await there.pushManager.getSubscription();
  button.textContent = now ? button.dataset.off : button.dataset.on;
  button.setAttribute('aria-pressed', String(Boolean(now)));
  button.hidden = false;
  return there;
}

async function change() {
  const there = await show();
  const now = await there.pushManager.getSubscription();
  if (now) {
    await post('/notification/push/unsubscribe', { endpoint: now.endpoint });
    await now.unsubscribe();
  } else {
    const made = await there.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
    const kept = await post('/notification/push/subscribe', made.toJSON());
    if (!kept.ok) await made.unsubscribe();
  }
  await show();
}

if (button && 'serviceWorker' in navigator && 'PushManager' in window) {
  button.addEventListener('click', () => change().catch(() => { button.hidden = true; }));
  show().catch(() => { /* The browser does not allow it. */ });
}
