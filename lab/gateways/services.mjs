// What stands behind the gateways (it lets everything through), and a service that verifies tokens by itself with jose.
import http from 'node:http';
import { createRemoteJWKSet, jwtVerify } from 'jose';

const [upstream, own] = [Number(process.env.LAB_UPSTREAM_PORT), Number(process.env.LAB_JOSE_PORT)];
const issuer = `http://127.0.0.1:${process.env.LAB_ISSUER_PORT}`;
const NEEDS = { GET: 'api:read', POST: 'api:write', DELETE: 'api:admin' };

http.createServer((request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end('{"ok":true}');
}).listen(upstream, '127.0.0.1');

const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
http.createServer(async (request, response) => {
  const refuse = (status, error) => {
    response.writeHead(status, { 'www-authenticate': `Bearer error="${error}"` });
    response.end();
  };
  try {
    const token = (request.headers.authorization ?? '').replace(/^Bearer /i, '');
    const { payload } = await jwtVerify(token, keys, { issuer, audience: 'urn:lab:jose', typ: 'at+jwt' });
    if (!payload.scope?.split(' ').includes(NEEDS[request.method])) return refuse(403, 'insufficient_scope');
    response.end('{"ok":true}');
  } catch {
    refuse(401, 'invalid_token');
  }
}).listen(own, '127.0.0.1');
