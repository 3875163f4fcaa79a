// The decision log: one record for each grant or refusal, from the library's events. Holds no token.
const KINDS = {
  'urn:openid:params:grant-type:ciba': 'issue',
  refresh_token: 'refresh',
  'urn:ietf:params:oauth:grant-type:token-exchange': 'exchange',
};
const PENDING = ['authorization_pending', 'slow_down'];

// The `jti` of an opaque token is the token itself in this library: it must not be logged.
const isJwt = (token) => token?.resourceServer?.accessTokenFormat === 'jwt';
const apiScopes = (text) => (text ?? '').split(' ').filter((scope) => scope.startsWith('api:'));

export function decisionLog(provider, accounts, policy, write) {
  const record = (ctx, kind, decision, reason) => {
    const { entities, params, client } = ctx.oidc;
    const id = entities.Account?.accountId ?? entities.RefreshToken?.accountId ?? entities.AccessToken?.accountId
      ?? entities.BackchannelAuthenticationRequest?.accountId;
    const account = accounts.byId(id) ?? accounts.byName(params?.login_hint);
    const granted = decision === 'allow' ? apiScopes(ctx.body.scope) : [];
    const roles = account?.roles ?? [];
    write({
      kind, decision, reason,
      subject: account?.name ?? params?.login_hint ?? id,
      client: client?.clientId,
      audience: params?.resource ?? entities.AccessToken?.aud ?? entities.RefreshToken?.resource
        ?? entities.BackchannelAuthenticationRequest?.params?.resource,
      requested: apiScopes(params?.scope ?? entities.BackchannelAuthenticationRequest?.params?.scope),
      granted,
      revision: String(policy.revision),
      policies: ['roles-to-scopes'],
      owner: `${policy.owner.name} <${policy.owner.contact}>`,
      inputs: account && { roles, risk: account.risk, device: account.device, enabled: account.enabled },
      claims: [
        ...granted.map((scope) => ({ claim: 'scope', value: scope, because: account ? policy.because(account, scope) : '' })),
        ...(decision === 'allow' ? roles.map((role) => ({ claim: 'roles', value: role, because: 'assigned to the account' })) : []),
      ],
      token: decision === 'allow' && isJwt(entities.AccessToken) ? entities.AccessToken.jti : undefined,
    });
  };
  provider.on('grant.success', (ctx) =>
    record(ctx, KINDS[ctx.oidc.params.grant_type] ?? 'issue', 'allow', 'the roles of the account give this'));
  provider.on('grant.error', (ctx, error) => {
    if (PENDING.includes(error.error)) return;
    record(ctx, KINDS[ctx.oidc.params?.grant_type] ?? 'issue', 'deny', error.error_detail ?? error.error_description ?? error.error);
  });
  provider.on('backchannel_authentication.error', (ctx, error) =>
    record(ctx, 'issue', 'deny', error.error_detail ?? error.error_description ?? error.error));
}
