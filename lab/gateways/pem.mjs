// Writes the issuer's first published key as PEM, for a gateway that reads no key set.
import { createPublicKey } from 'node:crypto';
const { keys } = await (await fetch(`http://127.0.0.1:${process.env.LAB_ISSUER_PORT}/jwks`)).json();
process.stdout.write(createPublicKey({ key: keys[0], format: 'jwk' }).export({ type: 'spki', format: 'pem' }));
