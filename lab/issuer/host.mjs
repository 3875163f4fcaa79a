// A host over oidc-provider: an account store, a policy and an admin interface, the parts that every user of the
// library writes. Users are approved by CIBA without a person. What is under test is the library's own behaviour.
import { createWriteStream } from 'node:fs';
import http from 'node:http';
import { randomUUID } from 'node:crypto';
import { Provider, errors } from 'oidc-provider';
import MemoryAdapter from 'oidc-provider/lib/adapters/memory_adapter.js';
import LRU from 'oidc-provider/lib/helpers/lru.js';
import { Accounts, Policy, RESOURCES, ALL_SCOPES } from './accounts.mjs';
import { exchange } from './exchange.mjs';
import { decisionLog } from './decisions.mjs';
import { admin } from './admin.mjs';
import { signingKey } from './key.mjs';

const port = Number(process.env.LAB_ISSUER_PORT);
const issuer = `http://127.0.0.1:${port}`;
const life = Number(process.env.LAB_TOKEN_LIFE ?? 45);
const secret = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
};

const accounts = new Accounts();
const policy = new Policy();
const jwk = signingKey('lab-1');
const CIBA = 'urn:openid:params:grant-type:ciba';
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

// As the library does it, but for what it forgets: from 1,000 entries on its own store drops the oldest, live tokens and grants too.
const store = new LRU({ maxSize: 1_000_000 });

const provider = new Provider(issuer, {
  adapter: (model) => new MemoryAdapter(model, store),
  clients: [
    { client_id: 'app', client_secret: secret('LAB_APP_SECRET'), grant_types: [CIBA, 'refresh_token'],
      redirect_uris: [], response_types: [], backchannel_token_delivery_mode: 'poll' },
    { client_id: 'exchanger', client_secret: secret('LAB_EXCHANGER_SECRET'), grant_types: [EXCHANGE],
      redirect_uris: [], response_types: [] },
    { client_id: 'gateway', client_secret: secret('LAB_GATEWAY_SECRET'), grant_types: [],
      redirect_uris: [], response_types: [] },
  ],
  jwks: { keys: [jwk] },
  scopes: ['openid', 'offline_access', ...ALL_SCOPES],
  findAccount(ctx, id) {
    const account = accounts.byId(id);
    return account?.enabled ? { accountId: id, claims: async () => ({ sub: id }) } : undefined;
  },
  extraTokenClaims(ctx, token) {
    const account = token.accountId && accounts.byId(token.accountId);
    return account ? { roles: account.roles } : {};
  },
  ttl: {
    AccessToken: life, ClientCredentials: life, RefreshToken: 3600, IdToken: 300, Grant: 7200, Session: 7200,
    Interaction: 600, BackchannelAuthenticationRequest: 60,
  },
  rotateRefreshToken: true,
  // the library keeps its own requests away from loopback, where all of this laboratory is
  fetch: (url, { dispatcher, ...options }) => fetch(url, options),
  features: {
    devInteractions: { enabled: false },
    backchannelLogout: { enabled: true },
    introspection: { enabled: true, allowedPolicy: async (ctx, client) => client.clientId === 'gateway' },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: async () => undefined,
      useGrantedResource: async () => true,
      getResourceServerInfo(ctx, resource) {
        const format = RESOURCES[resource];
        if (!format) throw new errors.InvalidTarget();
        const account = accounts.byId(ctx.oidc.entities.Account?.accountId);
        return {
          scope: policy.scopes(account).join(' '), audience: resource, accessTokenTTL: life,
          accessTokenFormat: format, jwt: { sign: { alg: 'RS256' } },
        };
      },
    },
    ciba: {
      enabled: true,
      deliveryModes: ['poll'],
      processLoginHint: async (ctx, name) => accounts.byName(name)?.id,
      processLoginHintToken: async () => undefined,
      validateRequestContext: async () => undefined,
      validateBindingMessage: async () => undefined,
      verifyUserCode: async () => undefined,
      async triggerAuthenticationDevice(ctx, request, account, client) {
        const grant = new provider.Grant({ accountId: account.accountId, clientId: client.clientId });
        grant.addOIDCScope('openid offline_access');
        for (const resource of Object.keys(RESOURCES)) grant.addResourceScope(resource, ALL_SCOPES.join(' '));
        accounts.byId(account.accountId)?.grants.push(await grant.save());
        setImmediate(() => provider.backchannelResult(request, grant));
      },
    },
  },
});
provider.registerGrantType(
  EXCHANGE, exchange(provider, accounts, policy, jwk, life),
  ['subject_token', 'subject_token_type', 'requested_token_type', 'audience', 'resource', 'scope'],
);

const log = createWriteStream(process.env.LAB_DECISIONS, { flags: 'a' });
decisionLog(provider, accounts, policy, (record) =>
  log.write(`${JSON.stringify({ id: randomUUID(), time: new Date().toISOString(), ...record })}\n`));

const protocol = provider.callback();
const administer = admin(provider, accounts, policy, secret('LAB_ADMIN_SECRET'));
http.createServer((request, response) =>
  (request.url.startsWith('/admin/') ? administer : protocol)(request, response)).listen(port, '127.0.0.1');
