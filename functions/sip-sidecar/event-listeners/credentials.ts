import * as z from 'zod';

/** How a listener says who it is (functions/sip-sidecar/event-listeners/README.md). */

/** The name and password of a phone line, or a bearer token of the organization. */
export type Credentials =
  | { readonly kind: 'line'; readonly username: string; readonly password: string }
  | { readonly kind: 'token'; readonly token: string };

const FirstMessage = z.object({ username: z.string().max(64), password: z.string().max(256) });

const basic = /^Basic +([A-Za-z0-9+/=]+)$/i;
const bearer = /^Bearer +([^\s]+)$/i;

/** User name and password of the Basic scheme (RFC 7617). */
function basicCredentials(encoded: string): Credentials | 'malformed' {
  const text = Buffer.from(encoded, 'base64').toString();
  const colon = text.indexOf(':');
  return colon === -1 ? 'malformed' : { kind: 'line', username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The credentials of an opening handshake; undefined if they follow in the first message. */
export function credentialsOfHandshake(
  authorization: string | undefined,
  accessToken: string | undefined,
): Credentials | 'malformed' | undefined {
  if (authorization === undefined) return accessToken === undefined ? undefined : { kind: 'token', token: accessToken };
  const [, token] = bearer.exec(authorization) ?? [];
  if (token !== undefined) return { kind: 'token', token };
  const [, encoded] = basic.exec(authorization) ?? [];
  return encoded === undefined ? 'malformed' : basicCredentials(encoded);
}

/** The credentials of a first message: `{"username","password"}`. */
export function credentialsOfMessage(text: string): Credentials | 'malformed' {
  try {
    const { success, data: message } = FirstMessage.safeParse(JSON.parse(text));
    return success ? { kind: 'line', ...message } : 'malformed';
  } catch {
    // No JSON.
    return 'malformed';
  }
}
