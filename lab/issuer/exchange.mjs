// Token exchange (RFC 8693), which the library leaves to its host: never more than the subject token carries and the
// policy gives now.
import { errors } from 'oidc-provider';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { ALL_SCOPES, RESOURCES } from './accounts.mjs';

export function exchange(provider, accounts, policy, jwk, life) {
  const { kty, n, e, kid } = jwk;
  const keys = createLocalJWKSet({ keys: [{ kty, n, e, kid }] });

  async function subjectOf(token) {
    if (token.split('.').length === 3) {
      const { payload } = await jwtVerify(token, keys, { issuer: provider.issuer })
        .catch(() => { throw new errors.InvalidGrant('subject_token is not valid'); });
      return { id: payload.sub, scopes: (payload.scope ?? '').split(' ') };
    }
    const found = await provider.AccessToken.find(token);
    if (!found?.isValid) throw new errors.InvalidGrant('subject_token is not valid');
    return { id: found.accountId, scopes: [...found.scopes] };
  }

  return async (ctx) => {
    const { params, client } = ctx.oidc;
    if (!params.subject_token) throw new errors.InvalidRequest('subject_token is missing');
    const subject = await subjectOf(params.subject_token);
    const account = accounts.byId(subject.id);
    if (!account?.enabled) throw new errors.InvalidGrant('the subject is not enabled');
    ctx.oidc.entity('Account', { accountId: account.id });
    const format = RESOURCES[params.resource];
    if (!format) throw new errors.InvalidTarget();
    const now = policy.scopes(account);
    const wanted = params.scope ? params.scope.split(' ') : subject.scopes;
    const token = new provider.AccessToken({ accountId: account.id, client, gty: 'token_exchange' });
    token.resourceServer = new provider.ResourceServer(params.resource, {
      scope: ALL_SCOPES.join(' '), audience: params.resource, accessTokenFormat: format, accessTokenTTL: life,
      jwt: { sign: { alg: 'RS256' } },
    });
    token.scope = wanted.filter((scope) => subject.scopes.includes(scope) && now.includes(scope)).join(' ');
    if (!token.scope) throw new errors.InvalidScope('nothing of it can be given', params.scope);
    ctx.oidc.entity('AccessToken', token);
    const value = await token.save();
    ctx.body = {
      access_token: value, issued_token_type: 'urn:ietf:params:oauth:token-type:access_token', token_type: 'Bearer',
      expires_in: token.expiration, scope: token.scope,
    };
  };
}
