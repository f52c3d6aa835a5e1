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
const publicMembers = ({ kid, jwk: { kty, crv, x, y } }: SigningKey): z.output<typeof PublicKey> => ({
  kty,
  crv,
  x,
  y,
  kid,
  alg: 'ES256',
  use: 'sig',
});

/** A key set (RFC 7517 §5). */
export const publishedKeys = (keys: readonly SigningKey[]): z.output<typeof KeySet> => ({
  keys: keys.map(publicMembers),
});

/** A key set of the keys that sign manifests of archives, with the time in which each signs. */
export const ArchiveKeySet = z
  .object({
    keys: z
      .array(
        PublicKey.extend({
          kid: z.string().describe("Id of the key, as in the header of a manifest's signature"),
          valid_from: z
            .string()
            .describe('Time from which it signs (ISO 8601), in whole seconds as those of signatures'),
          valid_until: z.string().nullable().describe('Time until which it signed; null while it has no successor'),
        }),
      )
      .describe('Keys by age, the oldest first'),
  })
  .meta({
    id: 'ArchiveKeySet',
    example: {
      keys: [
        {
          kty: 'EC',
          crv: 'P-256',
          x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
          y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
          kid: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
          alg: 'ES256',
          use: 'sig',
          valid_from: '2026-11-23T13:00:00Z',
          valid_until: null,
        },
      ],
    },
  });

type StoredKey = SigningKey & {
  readonly active_from: string;
  /** When its last signature may have been made; null while it may sign. */
  readonly signsUntil: string | null;
};

/** The second of an instant: the time of a signature has no milliseconds, so it may be before that of its key. */
const inSeconds = (at: string): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

export const archiveKeySet = (keys: readonly StoredKey[]): z.output<typeof ArchiveKeySet> => ({
  keys: keys.map((key) => ({
    ...publicMembers(key),
    valid_from: inSeconds(key.active_from),
    valid_until: key.signsUntil === null ? null : inSeconds(key.signsUntil),
  })),
});
