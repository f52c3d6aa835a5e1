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

/** What a provider at an address answers, and the forms that its token endpoint got. */
function attackerAt(issuer: string) {
  const answers: Answers = { token: () => ({}), keys: () => ({ keys: [] }), document: {}, state: 'up' };
  const sent: URLSearchParams[] = [];
  const standard = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
  };
  /** @param path without a query @param form as sent to the token endpoint */
  const reply = async (path: string, form: string): Promise<object> => {
    if (path === '/keys') return answers.keys();
    if (path !== '/token') return { ...standard, ...answers.document };
    const fields = new URLSearchParams(form);
    sent.push(fields);
    return answers.token(fields);
  };
  return { issuer, answers, sent, reply };
}

/** A provider whose answers the test makes. */
export async function startAttacker(certificate: Certificate) {
  const listener: Listener = await httpsAt(certificate, (incoming, outgoing) => {
    if (provider.answers.state === 'silent') return;
    void bodyOf(incoming)
      .then((body) => provider.reply(incoming.url?.split('?')[0] ?? '', body))
      .then((body) => {
        outgoing.writeHead(provider.answers.state === 500 ? 500 : 200, { 'content-type': 'application/json' });
        outgoing.end(JSON.stringify(body));
      });
  });
  const provider = attackerAt(`https://localhost:${listener.port}`);
  const { issuer, answers, sent } = provider;
  return { issuer, answers, sent, close: () => listener.close() };
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Lets a provider sign an ID token for each code, which is its claims as JSON. */
async function signCodes({ issuer, answers }: Pick<ReturnType<typeof attackerAt>, 'issuer' | 'answers'>, aud: string) {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }];
  answers.keys = () => ({ keys });
  answers.token = async (form) => {
    const now = Math.floor(Date.now() / 1_000);
    const claims = JSON.parse(form.get('code') ?? '{}') as Record<string, unknown>;
    const whole = { iss: issuer, aud, iat: now, exp: now + 300, ...claims };
    const token = await new SignJWT(whole).setProtectedHeader({ alg: 'RS256', kid: 'k1' }).sign(privateKey);
    return { access_token: 'a', token_type: 'Bearer', id_token: token };
  };
}

/**
 * A provider that signs an ID token for each code, which is its claims as JSON.
 * @param clientId audience of the tokens
 */
export async function startSigner(certificate: Certificate, clientId: string) {
  const provider = await startAttacker(certificate);
  await signCodes(provider, clientId);
  return provider;
}

/** The same at an address that no one serves: `reply` answers. */
export async function signerAt(issuer: string, clientId: string) {
  const provider = attackerAt(issuer);
  await signCodes(provider, clientId);
  return provider;
}
