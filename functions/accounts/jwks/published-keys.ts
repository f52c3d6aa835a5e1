import * as z from 'zod';

/** The key set that verifiers read (RFC 7517). */

export const KeySet = z
  .object({
    keys: z.array(
      z.object({
        kty: z.string(),
        crv: z.string(),
        x: z.string(),
        y: z.string(),
        kid: z.string(),
        alg: z.literal('ES256'),
        use: z.literal('sig'),
      }),
    ),
  })
  .meta({ id: 'KeySet' });

type SigningKey = {
  readonly kid: string;
  readonly jwk: { readonly kty: string; readonly crv: string; readonly x: string; readonly y: string };
};

/** Keys as a key set; of each only what RFC 7518 §6.2.1 calls public. */
export const publishedKeys = (keys: readonly SigningKey[]): z.output<typeof KeySet> => ({
  keys: keys.map(({ kid, jwk: { kty, crv, x, y } }) => ({ kty, crv, x, y, kid, alg: 'ES256', use: 'sig' })),
});
