import type { IncomingMessage } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Certificate } from '#infra/local/certificate.ts';
import { httpsAt, type Listener } from '../support/listeners.fixture.ts';

/** An OpenID provider whose answers the test makes. */

/** What a provider of an attacker answers. */
export type Answers = {
  /** The token endpoint. */
  token: (form: URLSearchParams) => Promise<object> | object;
  keys: () => object;
  /** More of its document. */
  document: object;
  /** Whether it answers at all; 500: with this status. */
  state: 'up' | 'silent' | 500;
};

/** A provider whose answers the test makes. */
export async function startAttacker(certificate: Certificate) {
  const answers: Answers = { token: () => ({}), keys: () => ({ keys: [] }), document: {}, state: 'up' };
  const sent: URLSearchParams[] = [];
  const reply = async (incoming: IncomingMessage): Promise<object> => {
    const [path] = incoming.url?.split('?') ?? [];
    if (path === '/keys') return answers.keys();
    if (path !== '/token') return { ...standard(), ...answers.document };
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    sent.push(form);
    return answers.token(form);
  };
  const listener: Listener = await httpsAt(certificate, (incoming, outgoing) => {
    if (answers.state === 'silent') return;
    void reply(incoming).then((body) => {
      outgoing.writeHead(answers.state === 500 ? 500 : 200, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify(body));
    });
  });
  const issuer = `https://localhost:${listener.port}`;
  const standard = () => ({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
  });
  return { issuer, answers, sent, close: () => listener.close() };
}

/**
 * A provider that signs an ID token for each code, which is its claims as JSON.
 * @param clientId audience of the tokens
 */
export async function startSigner(certificate: Certificate, clientId: string) {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }];
  const provider = await startAttacker(certificate);
  provider.answers.keys = () => ({ keys });
  provider.answers.token = async (form) => {
    const now = Math.floor(Date.now() / 1_000);
    const claims = JSON.parse(form.get('code') ?? '{}') as Record<string, unknown>;
    const whole = { iss: provider.issuer, aud: clientId, iat: now, exp: now + 300, ...claims };
    const token = await new SignJWT(whole).setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(privateKey);
    return { access_token: 'a', token_type: 'Bearer', id_token: token };
  };
  return provider;
}
