// Who exists, and what the policy gives them now.
import { randomUUID } from 'node:crypto';

/** Audience of each service, and the form of its tokens. */
export const RESOURCES = {
  'urn:lab:jose': 'jwt',
  'urn:lab:careful': 'jwt',
  'urn:lab:sloppy': 'jwt',
  'urn:lab:live': 'opaque',
  'urn:lab:cached': 'opaque',
};
export const ALL_SCOPES = ['api:read', 'api:write', 'api:admin'];

export class Accounts {
  #byName = new Map();
  #byId = new Map();

  byName(name) { return this.#byName.get(name); }
  byId(id) { return this.#byId.get(id); }

  create(name, { roles = [] }) {
    const account = { id: randomUUID(), name, roles, enabled: true, risk: 'low', device: 'compliant', grants: [] };
    this.#byName.set(name, account);
    this.#byId.set(account.id, account);
    return account;
  }

  remove(name) {
    const account = this.#byName.get(name);
    this.#byName.delete(name);
    if (account) this.#byId.delete(account.id);
  }
}

export class Policy {
  revision = 1;
  roles = new Map([['reader', new Set(['api:read'])], ['writer', new Set(['api:write'])]]);
  owner = { name: 'lab authorization team', contact: 'authz@lab.example' };

  /** Scopes that an account may have now. */
  scopes(account) {
    if (!account?.enabled) return [];
    const all = new Set(account.roles.flatMap((role) => [...(this.roles.get(role) ?? [])]));
    if (account.risk === 'high' || account.device !== 'compliant') all.delete('api:write');
    return [...all];
  }

  /** Which role gives a scope to an account. */
  because(account, scope) {
    const role = account.roles.find((name) => this.roles.get(name)?.has(scope));
    return role ? `role ${role}, risk ${account.risk}, device ${account.device}` : '';
  }

  edit(role, scope, give) {
    const scopes = this.roles.get(role) ?? new Set();
    if (give) scopes.add(scope); else scopes.delete(scope);
    this.roles.set(role, scopes);
    this.revision += 1;
  }
}
