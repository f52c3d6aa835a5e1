import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { request, type RequestOptions } from 'node:https';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { Provider } from 'oidc-provider';
import type { Certificate } from '#infra/local/certificate.ts';
import { httpsAt } from '#test/support/listeners.fixture.ts';

/** OpenID providers over TLS, and a browser that logs in at them. */

export const clientId = 'trunkline-tests';
export const clientSecret = 'a secret of the tests with more than 32 characters';
/** A client whose pages are on this machine, at any port (RFC 8252 §7.3). */
export const nativeClientId = 'trunkline-console';
export const redirectUri = 'https://portal.example.com/sso?tenant=1';

/** The people of the provider by their subject. */
export type Person = { readonly email?: string; readonly email_verified?: boolean; readonly given_name?: string };

export type RealProvider = {
  readonly issuer: string;
  /** Lets in a person from now on. */
  readonly letIn: (subject: string) => void;
  /** Logs in as a person and returns the parameters that the page gets. */
  readonly logIn: (authorizationUrl: string, subject: string) => Promise<URLSearchParams>;
  readonly people: Map<string, Person>;
  readonly close: () => Promise<void>;
};

const privateKey = () => ({
  ...generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ format: 'jwk' }),
  use: 'sig',
  alg: 'RS256',
});

type Visit = { readonly location: string | undefined; readonly cookies: readonly string[] };

/** One request of a browser that follows no redirect. */
function visit(url: URL, ca: string, cookie: string): Promise<Visit> {
  const { promise, resolve, reject } = Promise.withResolvers<Visit>();
  const options: RequestOptions = { ca, headers: { cookie } };
  request(url, options, (answer: IncomingMessage) => {
    answer.resume();
    resolve({ location: answer.headers.location, cookies: answer.headers['set-cookie'] ?? [] });
  })
    .on('error', reject)
    .end();
  return promise;
}

/** Goes from page to page until the one that takes the code. */
async function browse(start: string, ca: string): Promise<URLSearchParams> {
  const jar = new Map<string, string>();
  let url = new URL(start);
  for (let pages = 0; pages < 10; pages += 1) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const { location, cookies } = await visit(url, ca, cookie);
    for (const each of cookies) {
      const [name = '', value = ''] = each.split(';')[0]?.split(/=(.*)/s) ?? [];
      jar.set(name, value);
    }
    if (location === undefined) throw new Error(`${url.href} leads nowhere`);
    url = new URL(location, url);
    if (url.href.startsWith(redirectUri)) return url.searchParams;
  }
  throw new Error('the log-in does not end');
}

const client = { client_secret: clientSecret, token_endpoint_auth_method: 'client_secret_post' } as const;

/**
 * A real provider (`oidc-provider`), which lets in whom the test names.
 * @param authority that signed the certificate
 */
export async function startProvider(certificate: Certificate, authority: string): Promise<RealProvider> {
  let subject = '';
  const people = new Map<string, Person>();
  let answer: RequestListener = () => undefined;
  const listener = await httpsAt(certificate, (incoming, outgoing) => answer(incoming, outgoing));
  const issuer = `https://localhost:${listener.port}`;
  const provider = new Provider(issuer, {
    clients: [
      { ...client, client_id: clientId, redirect_uris: [redirectUri] },
      {
        ...client,
        ...{ client_id: nativeClientId, redirect_uris: ['http://localhost/'], application_type: 'native' },
      },
    ],
    jwks: { keys: [privateKey()] },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['given_name', 'family_name'] },
    features: { devInteractions: { enabled: false } },
    pkce: { required: () => true },
    ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 300, IdToken: 300, Interaction: 300, Session: 300 },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, ...people.get(sub) }) }),
    loadExistingGrant: async ({ oidc }) => {
      const grant = new provider.Grant({
        clientId: oidc.client?.clientId ?? '',
        accountId: oidc.session?.accountId ?? '',
      });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
  const routes = provider.callback();
  answer = (incoming: IncomingMessage, outgoing: ServerResponse) =>
    void (incoming.url?.startsWith('/interaction/') === true
      ? provider.interactionFinished(incoming, outgoing, { login: { accountId: subject }, consent: {} })
      : routes(incoming, outgoing));
  return {
    issuer,
    people,
    letIn: (of) => {
      subject = of;
    },
    logIn: (url, of) => {
      subject = of;
      return browse(url, authority);
    },
    close: () => listener.close(),
  };
}
