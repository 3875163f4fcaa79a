// The negative control: an issuer for unit tests that calls every token active and revokes nothing. recant must fail it.
import { OAuth2Server } from 'oauth2-mock-server';
const port = Number(process.env.LAB_ISSUER_PORT);
const server = new OAuth2Server();
await server.issuer.keys.generate('RS256');
await server.start(port, '127.0.0.1');
server.issuer.url = `http://127.0.0.1:${port}`;
