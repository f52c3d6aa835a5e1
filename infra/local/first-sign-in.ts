import { randomBytes, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { minute } from '#schema/time.ts';
import type { Answer } from './gateway/gateway-event.ts';
import type { LocalPages } from './gateway/gateway.ts';

/**
 * Signs the operator in the first time, by a link that is printed: its token is in the fragment, which no request has,
 * and is exchanged once for the answer of a log-in. It exists in the memory of this process only, so no deployment has
 * it, and it ends with the process. A password that must be changed comes with the answer, so that who has the link
 * chooses a new one without typing the old one.
 */

/** The path to which the console sends the token. */
export const firstSignInPath = '/_local/sign-in';

/** Milliseconds for which the link may be used. */
const ttl = 10 * minute;

export type FirstSignIn = {
  readonly token: string;
  readonly pages: LocalPages;
};

type Dependencies = {
  /** The first password of the operator, which is printed beside the link. */
  readonly password: string;
  /** Logs the operator in. */
  readonly logIn: () => Promise<{ readonly status: number; readonly body: string }>;
  /** Unix milliseconds. */
  readonly now: () => number;
};

const answer = (status: number, body: string): Answer => ({
  status,
  headers: {
    ...{ 'cache-control': 'no-store', 'content-type': 'application/json', 'x-content-type-options': 'nosniff' },
    'cross-origin-resource-policy': 'same-origin',
  },
  cookies: [],
  body,
});

/** The console shows the message. */
const problem = (status: number, message: string): Answer =>
  answer(status, JSON.stringify({ success: false, error: { code: 'LINK_NOT_VALID', message } }));

const LogInThatMustChange = z.object({ data: z.looseObject({ password_change_required: z.literal(true) }) });

/** The answer of a log-in, with the password if it must be changed. */
function withPassword(body: string, password: string): string {
  const { success, data: logIn } = LogInThatMustChange.safeParse(JSON.parse(body));
  return success ? JSON.stringify({ ...logIn, data: { ...logIn.data, present_password: password } }) : body;
}

const notValid = problem(401, 'This link was used, or is older than ten minutes: sign in with the password');

/** @param bearer value of the header Authorization */
function isToken(bearer: string | undefined, token: string): boolean {
  const [given, wanted] = [Buffer.from(bearer ?? ''), Buffer.from(`Bearer ${token}`)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

export function firstSignIn({ password, logIn, now }: Dependencies): FirstSignIn {
  const token = randomBytes(32).toString('base64url');
  const until = now() + ttl;
  let isUsed = false;
  const exchange = async (): Promise<Answer> => {
    // Of two requests at the same time one is answered.
    isUsed = true;
    try {
      const { status, body } = await logIn();
      isUsed = status === 200;
      return answer(status, isUsed ? withPassword(body, password) : body);
    } catch (error) {
      isUsed = false;
      throw error;
    }
  };
  return {
    token,
    pages: async ({ method, url, headers }) => {
      if (url !== firstSignInPath) return null;
      if (method !== 'POST') return { ...problem(405, 'Method Not Allowed'), headers: { allow: 'POST' } };
      return isUsed || now() >= until || !isToken(headers.authorization, token) ? notValid : exchange();
    },
  };
}
