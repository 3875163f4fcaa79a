// The admin interface: JSON over HTTP with a bearer secret.
import { timingSafeEqual } from 'node:crypto';

const same = (a, b) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));

export function admin(provider, accounts, policy, secret) {
  const routes = {
    'PUT users': (name, rest, body) => view(accounts.create(name, body)),
    'DELETE users': (name) => accounts.remove(name),
    'PATCH users': (name, rest, body) => view(Object.assign(known(name), body)),
    'GET users': (name) => view(known(name)),
    'PUT roles': (name, [role]) => {
      const account = known(name);
      account.roles = [...new Set([...account.roles, role])];
      return view(account);
    },
    'DELETE roles': (name, [role]) => {
      const account = known(name);
      account.roles = account.roles.filter((r) => r !== role);
      return view(account);
    },
    'DELETE consent': async (name) => {
      const account = known(name);
      for (const id of account.grants.splice(0)) await (await provider.Grant.find(id))?.destroy();
      return view(account);
    },
    // What the library's end-session endpoint does with a browser's session, for all that an account has.
    'DELETE sessions': async (name) => {
      const account = known(name);
      for (const id of account.grants.splice(0)) {
        await Promise.all([provider.AccessToken, provider.RefreshToken].map((model) => model.revokeByGrantId(id)));
        await (await provider.Grant.find(id))?.destroy();
      }
      const client = await provider.Client.find('app');
      if (client.backchannelLogoutUri) await client.backchannelLogout(account.id);
      return view(account);
    },
    'PUT logout-address': async (id, rest, { uri }) => {
      (await provider.Client.find(id)).backchannelLogoutUri = uri;
    },
    'DELETE logout-address': async (id) => {
      delete (await provider.Client.find(id)).backchannelLogoutUri;
    },
    'GET clients': async (id) => ({ backchannel_logout_uri: (await provider.Client.find(id)).backchannelLogoutUri }),
    'PUT policy': (role, [scope]) => policy.edit(role, scope, true),
    'DELETE policy': (role, [scope]) => policy.edit(role, scope, false),
  };
  const known = (name) => {
    const account = accounts.byName(name);
    if (!account) throw Object.assign(new Error('no such account'), { status: 404 });
    return account;
  };
  const view = ({ name, id, roles, enabled, risk, device }) => ({ name, id, roles, enabled, risk, device });

  return async (request, response) => {
    let status = 200;
    let answer = {};
    try {
      if (!same(request.headers.authorization ?? '', `Bearer ${secret}`)) throw Object.assign(new Error('not allowed'), { status: 401 });
      let text = '';
      for await (const chunk of request) {
        text += chunk;
        if (text.length > 65536) throw Object.assign(new Error('too large'), { status: 413 });
      }
      const [kind, name, ...rest] = new URL(request.url, 'http://lab').pathname.split('/').slice(2).map(decodeURIComponent);
      const route = routes[`${request.method} ${kind}`];
      if (!route) throw Object.assign(new Error('no such route'), { status: 404 });
      answer = (await route(name, rest, text ? JSON.parse(text) : {})) ?? {};
    } catch (error) {
      status = error.status ?? 500;
      answer = { error: error.message };
    }
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  };
}
