import { patience } from './patience.ts';

/** The API as a client uses it. */

/** Sends a request. @returns the body of its answer @throws Error for any other status than 2xx */
export type Ask = (method: string, path: string, body?: object) => Promise<unknown>;

/** @param token undefined: the request is not authenticated */
export const clientOf =
  (base: string, token?: string): Ask =>
  async (method, path, body) => {
    const url = new URL(path, base);
    const answer = await fetch(url, {
      method,
      redirect: 'error',
      signal: AbortSignal.timeout(patience),
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${url.href} answers ${answer.status}`);
    const value: unknown = text === '' ? undefined : JSON.parse(text);
    return value;
  };
