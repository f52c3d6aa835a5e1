import type { LineAccount } from '#browser-phone/line.ts';
import { answerTo, Rejection } from '../parts/requests.ts';

/** The endpoints that the phone uses. Token and password are in the memory of the page only. */

/** A user with a token, as long as the line lives. */
export type Session = {
  readonly user: string;
  readonly extension: string | null;
  /** Makes a line. @throws Rejection */
  readonly makeLine: () => Promise<LineAccount>;
  /** Ends a line and the session; also while the page closes. */
  readonly end: (line: LineAccount | null) => Promise<void>;
};

export type LogIn = {
  readonly username: string;
  readonly password: string;
  /** Code of the second factor; empty: none. */
  readonly code: string;
  /** Of a log-in that waits for its code. */
  readonly waiting: string | null;
};

/** A log-in that continues with a code of the second factor. */
export type Pending = { readonly waiting: string };

/** Seconds: of a line and of the token that ends it. */
const lifetime = 8 * 60 * 60;

type UserToken = {
  readonly token: string;
  readonly entity: { readonly id: string };
  readonly password_change_required: boolean;
};

/** The answer of a log-in that waits for its code has no envelope. */
type LoggedIn =
  | { readonly data: UserToken }
  | { readonly status: 'pending'; readonly session_token: string; readonly requires_2fa_setup?: true };

type Profile = { readonly data: { readonly display_name?: string; readonly extension?: string | null } };

const send = <Answer>(method: string, path: string, token: string | null, json?: object): Promise<Answer> =>
  answerTo<Answer>(path, {
    method,
    // Requests of a page that closes are sent all the same.
    keepalive: method === 'DELETE',
    headers: {
      accept: 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });

const credentialsOf = ({ username, password, code, waiting }: LogIn): object => ({
  ...(waiting === null ? { username, password } : { session_token: waiting }),
  ...(code === '' ? {} : { totp_code: code }),
  ttl: lifetime,
  client: 'web',
});

/** @throws Rejection */
export async function logIn(wanted: LogIn): Promise<Session | Pending> {
  const answer = await send<LoggedIn>('POST', '/auth/user', null, credentialsOf(wanted));
  if ('session_token' in answer) {
    if (answer.requires_2fa_setup === true)
      throw new Rejection(
        401,
        'TWO_FACTOR_SETUP',
        'Your organization requires a second factor. Set it up first: GET /auth/twofactor/barcode.',
      );
    return { waiting: answer.session_token };
  }
  const { data } = answer;
  if (data.password_change_required)
    throw new Rejection(
      403,
      'PASSWORD_CHANGE_REQUIRED',
      'You must change your password first: POST /users/{id}/password. Then sign in with the new one.',
    );
  return sessionOf(data.token, data.entity.id, wanted.username);
}

async function sessionOf(token: string, id: string, username: string): Promise<Session> {
  // The name is an ornament: without the right to read it, the phone works.
  const profile = await send<Profile>('GET', `/users/${encodeURIComponent(id)}`, token).catch(() => null);
  return {
    user: profile?.data.display_name ?? username,
    extension: profile?.data.extension ?? null,
    makeLine: () => makeLine(token),
    end: async (line) => {
      if (line !== null) await send('DELETE', `/Phones/${line.username}`, token).catch(() => null);
      await send('DELETE', '/auth', token).catch(() => null);
    },
  };
}

async function makeLine(token: string): Promise<LineAccount> {
  const line = await send<Omit<LineAccount, 'websocket_url'> & { readonly websocket_url?: string }>(
    'POST',
    '/Phones',
    token,
    { allow_features: ['inbound', 'outbound', 'websocket'], type: 'dynamic', max_expire: lifetime },
  );
  if (line.websocket_url === undefined)
    throw new Rejection(501, 'NO_WEBSOCKET', 'This platform has no address for browser phones (WebSocketUrl).');
  return { ...line, websocket_url: line.websocket_url };
}
