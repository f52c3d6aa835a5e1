import * as z from 'zod';

/** The key set that verifiers read (RFC 7517). */

/** A public key of ES256. */
export const PublicKey = z.object({
  kty: z.string().describe('Key type: EC'),
  crv: z.string().describe('Curve: P-256'),
  x: z.string().describe('X coordinate, base64url'),
  y: z.string().describe('Y coordinate, base64url'),
  kid: z.string().describe('Id of the key, as in the header of a token'),
  alg: z.literal('ES256').describe('Algorithm'),
  use: z.literal('sig').describe('Use: signatures'),
});

export const KeySet = z
  .object({
    keys: z.array(PublicKey).describe('Keys that sign now, signed before, or will sign next'),
  })
  .meta({ id: 'KeySet' });

export type SigningKey = {
  readonly kid: string;
  readonly jwk: { readonly kty: string; readonly crv: string; readonly x: string; readonly y: string };
};

/** The public members of a key only (RFC 7518 §6.2.1). */
export const publicMembers = ({ kid, jwk: { kty, crv, x, y } }: SigningKey): z.output<typeof PublicKey> => ({
  ...{ kty, crv, x, y, kid, alg: 'ES256', use: 'sig' },
});

/** A key set (RFC 7517 §5). */
export const publishedKeys = (keys: readonly SigningKey[]): z.output<typeof KeySet> => ({
  keys: keys.map(publicMembers),
});
