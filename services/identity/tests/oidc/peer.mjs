// A provider that nobody here wrote (npm oidc-provider), set up for the stories in this folder. It lives in the time of their stage.
//
//   node peer.mjs '{"now": 1791425700000, "redirect_uris": ["…"], "post_logout": "…", "logout_catcher": "…"}'
//
// Prints its issuer. `POST /control` sets what it does wrong from then on:
// {"claims": {…}} says other things in its ID tokens, signed by its own key; {"userinfo": {…}} says other things there; {"day": "silent" | "500" | "garbage" | "long"} has a
// bad day at every endpoint but its pages; {"rotate": true} changes its key. `{}` is a good day.
import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { pathToFileURL } from 'node:url';

const { now, redirect_uris, post_logout, logout_catcher } = JSON.parse(process.argv[2]);
const real = Date.now;
const apart = now - real();
Date.now = () => real() + apart;

// What the library has to say to whoever would run it in earnest.
console.log = console.info = console.warn = () => {};

const require = createRequire(process.env.NODE_PATH + '/');
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const { Provider } = await load('oidc-provider');
const { exportJWK, generateKeyPair, importJWK, SignJWT, decodeJwt } = await load('jose');

const PEOPLE = {
  'dan-1': { name: 'Nguyễn Thị Ví Dụ', citizen_id: '066190001234', phone_number: '0912345678', email: 'vi.du@example.vn' },
  'dan-2': { name: 'Trần Văn Mẫu', citizen_id: '066090005678', phone_number: '0987654321' },
  'dan-3': { phone_number: '0977000111' },
  'quoc-gia-1': {
    TechID: 'TECH-0001', LoaiTaiKhoan: 1, HoVaTen: 'Lê Thị Thử', SoDinhDanh: '066190009999', SoDienThoai: '0966000222',
  },
  'quoc-gia-2': {
    TechID: 'TECH-0002', LoaiTaiKhoan: 2, HoVaTen: 'Lê Thị Thử', SoDinhDanh: '066190009999', TenDoanhNghiep: 'Công ty Ví Dụ',
    MaSoThue: '0100000001',
  },
};
const NAMES = [...new Set(Object.values(PEOPLE).flatMap(Object.keys))];

let key, provider, wrong = {};

async function keyed(kid) {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg: 'RS256', use: 'sig' };
}

async function open(issuer, kid) {
  key = await keyed(kid);
  provider = new Provider(issuer, {
    clients: [{
      client_id: 'mot-cua', client_secret: 's+cret/of%the&stories', redirect_uris, post_logout_redirect_uris: [post_logout],
      backchannel_logout_uri: logout_catcher, backchannel_logout_session_required: true,
    }],
    jwks: { keys: [key] },
    cookies: { keys: ['for the stories only'] },
    claims: { openid: ['sub', ...NAMES] },
    conformIdTokenClaims: false,
    acrValues: ['urn:thu:1', 'urn:thu:2'],
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => { ctx.body = form; },
      },
    },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (ctx, id) => PEOPLE[id] && { accountId: id, claims: () => ({ sub: id, ...PEOPLE[id] }) },
    // Everybody agrees to everything; who does not says so at the form.
    loadExistingGrant: async (ctx) => {
      const { Grant } = ctx.oidc.provider, { accountId } = ctx.oidc.session, { clientId } = ctx.oidc.client;
      const before = ctx.oidc.session.grantIdFor(clientId);
      const kept = before && await Grant.find(before);
      if (kept?.accountId === accountId) return kept;
      const grant = new Grant({ accountId, clientId });
      grant.addOIDCScope('openid');
      await grant.save();
      return grant;
    },
    renderError: (ctx, out) => { ctx.type = 'json'; ctx.body = out; },
  });
  provider.use(async (ctx, next) => {
    await next();
    const said = ctx.body;
    if (ctx.oidc?.route === 'token' && said?.id_token && wrong.claims) {
      const claims = { ...decodeJwt(said.id_token), ...wrong.claims };
      const signer = new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: key.kid });
      ctx.body = { ...said, id_token: await signer.sign(await importJWK(key, 'RS256')) };
    }
    if (ctx.oidc?.route === 'userinfo' && wrong.userinfo) ctx.body = { ...said, ...wrong.userinfo };
  });
}

async function body(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

// What somebody fills in: {login, acr}, or {deny: true}.
async function interaction(request, response) {
  const form = JSON.parse(await body(request));
  const result = form.deny
    ? { error: 'access_denied', error_description: 'said no' }
    : { login: { accountId: form.login, acr: form.acr, remember: false } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://peer');
  if (url.pathname === '/control') {
    wrong = JSON.parse(await body(request));
    if (wrong.rotate) await open(server.issuer, `key-${real()}`);
    response.end();
  } else if (url.pathname.startsWith('/interaction/')) {
    await interaction(request, response);
  } else if (wrong.day && !url.pathname.startsWith('/auth')) {
    if (wrong.day === 'silent') return;
    response.statusCode = wrong.day === '500' ? 500 : 200;
    response.end(wrong.day === 'long' ? 'x'.repeat(1024 * 1024) : '<html>trang lạ</html>');
  } else {
    provider.callback()(request, response);
  }
});
server.listen(0, '127.0.0.1', async () => {
  server.issuer = `http://127.0.0.1:${server.address().port}`;
  await open(server.issuer, 'key-1');
  process.stdout.write(`${server.issuer}\n`);
});
