import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jwtVerify } from 'jose';
import { Provider } from 'oidc-provider';
import type { Certificate } from '#infra/local/certificate.ts';
import { httpsAt, tcpAt } from '#test/support/listeners.fixture.ts';
import { eventually } from '#test/support/eventually.ts';
import { start, temporaryFolder, type Program } from '../peers/program.ts';
import type { Place } from '../run-peers.ts';

/** Systems that data connectors reach: OAuth by `oidc-provider`, services that check credentials, and slapd. */

export const credentials = {
  client: 'trunkline-connector',
  secret: 'client secret with more than 32 characters',
  user: 'anna@example.com',
  password: 'Pässwörd & more',
  token: 'api-token-of-the-tests',
} as const;

const { client, secret, user, password, token } = credentials;
const signingKey = generateKeyPairSync('rsa', { modulusLength: 2_048 });
/** PEM of the key that signs assertions of the client. */
export const privateKey = signingKey.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

const basic = (credential: string): string => `Basic ${Buffer.from(credential).toString('base64')}`;

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const answer = (outgoing: ServerResponse, status: number, body: unknown): ServerResponse =>
  outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

/** A provider of OAuth, whose refresh tokens are used once. */
function newProvider(issuer: string): Provider {
  return new Provider(issuer, {
    clients: [
      {
        client_id: client,
        client_secret: secret,
        grant_types: ['client_credentials', 'refresh_token', 'authorization_code'],
        redirect_uris: ['https://portal.example.com/'],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    jwks: { keys: [{ ...signingKey.privateKey.export({ format: 'jwk' }), use: 'sig', alg: 'RS256' }] },
    cookies: { keys: ['cookies of the tests'] },
    scopes: ['openid', 'offline_access', 'crm'],
    features: { devInteractions: { enabled: false }, clientCredentials: { enabled: true } },
    rotateRefreshToken: true,
    ttl: { AccessToken: 300, ClientCredentials: 300, Grant: 300, IdToken: 300, RefreshToken: 300, Session: 300 },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  });
}

/** A refresh token of a person who has let the client in. */
async function refreshTokenOf(provider: Provider): Promise<string> {
  const grant = new provider.Grant({ clientId: client, accountId: user });
  grant.addOIDCScope('openid offline_access');
  const grantId = await grant.save();
  const found = await provider.Client.find(client);
  if (found === undefined) throw new Error('the provider has no client');
  const refresh = new provider.RefreshToken({
    ...{ accountId: user, client: found, grantId, scope: 'openid offline_access', gty: 'authorization_code' },
  });
  return refresh.save();
}

type Route = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown;

/** Endpoints of the systems that are the provider's own, by their paths there. */
const ofProvider: Readonly<Record<string, string>> = {
  '/services/oauth2/token': '/token',
  '/services/oauth2/userinfo': '/me',
  '/jwt/services/oauth2/userinfo': '/me',
  '/tenant-1/oauth2/v2.0/token': '/token',
};

/** Lets in who has a credential. */
const guarded =
  (accepted: string, body: unknown = {}, header = 'authorization'): Route =>
  (incoming, outgoing) =>
    incoming.headers[header] === accepted ? answer(outgoing, 200, body) : answer(outgoing, 401, { error: 'denied' });

/** Checks a signed assertion as Salesforce does, and issues a token of the provider. */
const assertionEndpoint =
  (provider: Provider, origin: string): Route =>
  async (incoming, outgoing) => {
    const form = new URLSearchParams(await bodyOf(incoming));
    const expected = { issuer: client, subject: user, audience: origin, algorithms: ['RS256'] };
    const verified = await jwtVerify(form.get('assertion') ?? '', signingKey.publicKey, expected).catch(
      () => undefined,
    );
    if (verified === undefined) return answer(outgoing, 400, { error: 'invalid_grant' });
    const found = await provider.Client.find(client);
    if (found === undefined) throw new Error('the provider has no client');
    const grant = new provider.Grant({ clientId: client, accountId: user });
    grant.addOIDCScope('openid');
    const grantId = await grant.save();
    const access = new provider.AccessToken({
      ...{ accountId: user, client: found, grantId, scope: 'openid', gty: 'x' },
    });
    return answer(outgoing, 200, { access_token: await access.save(), token_type: 'Bearer' });
  };

const sugarEndpoint: Route = async (incoming, outgoing) => {
  const sent: unknown = JSON.parse(await bodyOf(incoming));
  const expected = {
    grant_type: 'password',
    client_id: client,
    client_secret: secret,
    username: user,
    password,
    platform: 'base',
  };
  return JSON.stringify(sent) === JSON.stringify(expected)
    ? answer(outgoing, 200, { access_token: 'sugar-access' })
    : answer(outgoing, 401, { error: 'need_login', error_message: `${password} is wrong` });
};

/** Services that behave badly. */
const hostile: Readonly<Record<string, Route>> = {
  '/silent': () => undefined,
  '/redirect': (_incoming, outgoing) =>
    void outgoing.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end('moved'),
  '/echo': (incoming, outgoing) =>
    void outgoing.writeHead(418).end(`\u0007you\r\nsent ${JSON.stringify(incoming.headers)}${'x'.repeat(500)}`),
  '/endless-body': (_incoming, outgoing) => {
    outgoing.writeHead(500);
    const more = (): void => {
      if (!outgoing.destroyed) outgoing.write('x'.repeat(10_000), () => setImmediate(more));
    };
    more();
  },
};

export type ConnectedSystems = {
  /** `https://127.1.2.3:15443` */
  readonly origin: string;
  readonly refreshToken: () => Promise<string>;
  /** Paths that were asked for. */
  readonly asked: readonly string[];
  readonly close: () => Promise<void>;
};

/** Services of all kinds on one port, among them that of Microsoft for all clouds of the run. */
export async function startSystems(certificate: Certificate, place: Place): Promise<ConnectedSystems> {
  const asked: string[] = [];
  let serve: Route = () => undefined;
  const listener = await httpsAt(certificate, (incoming, outgoing) => void serve(incoming, outgoing), place);
  const origin = `https://${place.address}:${place.port}`;
  const provider = newProvider(origin);
  const callback = provider.callback();
  const routes: Readonly<Record<string, Route>> = {
    ...hostile,
    '/jwt/services/oauth2/token': assertionEndpoint(provider, origin),
    '/rest/v11/oauth2/token': sugarEndpoint,
    '/api/data/v9.2/WhoAmI': async ({ headers }, outgoing) => {
      const bearer = headers.authorization?.replace('Bearer ', '') ?? '';
      const known = await provider.ClientCredentials.find(bearer);
      answer(outgoing, known?.clientId === client ? 200 : 401, { UserId: '7' });
    },
    '/api/v2/users/me.json': guarded(basic(`${user}/token:${token}`), { user: { id: 7 } }),
    '/fscmRestApi/resources/latest/': guarded(basic(`${user}:${password}`)),
    '/api/v1/profile': guarded(`Bearer ${token}`),
    '/open?a=b': (_incoming, outgoing) => answer(outgoing, 200, {}),
    '/basic': guarded(basic(`${user}:${password}`)),
    '/bearer': guarded(`Bearer ${token}`),
    '/header': guarded(token, {}, 'x-api-key'),
  };
  serve = (incoming, outgoing) => {
    const path = incoming.url ?? '';
    asked.push(path);
    const target = ofProvider[path];
    if (target !== undefined) {
      incoming.url = target;
      return callback(incoming, outgoing);
    }
    return (
      routes[path]?.(incoming, outgoing) ?? (routes[path] === undefined && answer(outgoing, 404, { message: 'no' }))
    );
  };
  return { origin, refreshToken: () => refreshTokenOf(provider), asked, close: () => listener.close() };
}

/** A TLS server that never ends the head of its answer. */
export async function startEndlessHead(certificate: Certificate) {
  const server = createTlsServer(certificate, (socket) => {
    socket.on('error', () => undefined);
    socket.write('HTTP/1.1 200 OK\r\n');
    let line = 0;
    const more = (): void => {
      line += 1;
      if (!socket.destroyed) socket.write(`x-${line}: ${'y'.repeat(1_000)}\r\n`, () => setImmediate(more));
    };
    more();
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { origin: `https://localhost:${port}`, close: async () => void server.close() };
}

export const directoryName = 'cn=admin,dc=example,dc=com';

/** Debian's slapd with TLS, in the foreground, on a free port and in a folder of its own. */
export async function startDirectory(certificate: Certificate): Promise<AsyncDisposable & { readonly server: string }> {
  const folder = temporaryFolder();
  const file = (name: string, content: string): string => {
    const path = join(folder.path, name);
    writeFileSync(path, content, { mode: 0o600 });
    return path;
  };
  const settings = file(
    'slapd.conf',
    [
      'include /etc/ldap/schema/core.schema',
      'modulepath /usr/lib/ldap',
      'moduleload back_mdb',
      `TLSCertificateFile ${file('cert.pem', certificate.cert)}`,
      `TLSCertificateKeyFile ${file('key.pem', certificate.key)}`,
      `pidfile ${join(folder.path, 'pid')}`,
      'database mdb',
      'suffix "dc=example,dc=com"',
      `rootdn "${directoryName}"`,
      `rootpw "${password}"`,
      `directory ${folder.path}`,
      '',
    ].join('\n'),
  );
  const free = await tcpAt(() => undefined);
  await free.close();
  const slapd: Program = start('slapd', ['-d', '0', '-f', settings, '-h', `ldaps://127.0.0.1:${free.port}`]);
  await eventually(async () => {
    const socket = connect(free.port, '127.0.0.1');
    await once(socket, 'connect').finally(() => socket.destroy());
  }).catch((cause: unknown) => {
    throw new Error(`slapd does not listen. It printed: ${slapd.printed()}`, { cause });
  });
  return {
    server: `ldaps://localhost:${free.port}`,
    [Symbol.asyncDispose]: async () => {
      await slapd.stop('SIGKILL');
      folder[Symbol.dispose]();
    },
  };
}
