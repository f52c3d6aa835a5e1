import type { Email } from '#schema/email.ts';
import { noticeEmail } from '#schema/notice-email.ts';
import { minute, second } from '#schema/time.ts';

/** Tokens that let users set a new password (functions/accounts/auth/README.md, "Forgotten passwords"). */

const ttlMinutes = 30;
/** Live tokens of one user. */
const maxLive = 3;
/** Users that one request may reach by an address. */
export const maxUsers = 10;

type Mark = { readonly hash: string; readonly request: string; /** Unix seconds. */ readonly expires_at: number };
type Credential = { readonly password_resets?: readonly Mark[] };

/** Who gets an e-mail: an active person with an address. */
export const mayReset = <U extends { readonly type: string; readonly status: string; readonly email: string | null }>(
  user: U | undefined,
): user is U & { readonly email: string } =>
  user !== undefined && user.type === 'user' && user.status === 'active' && user.email !== null;

/**
 * The tokens of a credential with a new one; undefined if it has enough of them, or one of this request.
 * @param hash SHA-256 (hex) of the new token
 */
export function addReset(
  { password_resets: marks = [] }: Credential,
  { hash, request }: Pick<Mark, 'hash' | 'request'>,
  now: Date,
): { readonly mark: Mark; readonly all: readonly Mark[] } | undefined {
  const live = marks.filter(({ expires_at: end }) => end > now.getTime() / second);
  if (live.length >= maxLive || live.some((mark) => mark.request === request)) return undefined;
  const mark = { hash, request, expires_at: Math.floor((now.getTime() + ttlMinutes * minute) / second) };
  return { mark, all: [...live, mark] };
}

type Reset = {
  /** Id of the e-mail. */
  readonly id: string;
  readonly user: { readonly username: string; readonly email: string };
  readonly token: string;
  /** The page that sets the password; undefined: the e-mail has the bare token. */
  readonly url: string | undefined;
  readonly now: Date;
};

/** The token is in the fragment of the link, which no browser sends to a server or as a referrer. */
export const resetEmail = ({ id, user, token, url, now }: Reset): Email =>
  noticeEmail({
    id,
    to: user.email,
    template: 'password_reset',
    now: now.toISOString(),
    variables: {
      username: user.username,
      minutes: ttlMinutes,
      ...(url === undefined ? { token } : { link: `${url}#token=${token}` }),
    },
  });
