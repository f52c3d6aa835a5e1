import * as z from 'zod';

/** Which public keys a verifier may need (auth.md, "Credentials": keys). */

export const KeySet = z.object({
  keys: z.array(z.object({
    kty: z.string(), crv: z.string(), x: z.string(), y: z.string(),
    kid: z.string(), alg: z.literal('ES256'), use: z.literal('sig'),
  })),
});

/** Milliseconds that the longest-lived token outlives its key. */
const longestTokenLife = 7 * 24 * 3_600_000;

type SigningKey = {
  readonly kid: string;
  readonly jwk: { readonly kty: string; readonly crv: string; readonly x: string; readonly y: string };
  readonly retired_at?: string;
};

const mayStillVerify = ({ retired_at: retired }: SigningKey, now: Date): boolean =>
  retired === undefined || now.getTime() < Date.parse(retired) + longestTokenLife;

/** The key set as of an instant; of a key only what RFC 7518 §6.2.1 calls public. */
export function publishedKeys(keys: readonly SigningKey[], now: Date): z.output<typeof KeySet> {
  return {
    keys: keys.filter((key) => mayStillVerify(key, now)).map(({ kid, jwk: { kty, crv, x, y } }) => ({ kty, crv, x, y, kid, alg: 'ES256', use: 'sig' })),
  };
}
