import * as z from 'zod';
import { publicMembers, PublicKey, type SigningKey } from './published-keys.ts';

/** A key set of the keys that sign manifests of archives, with the time in which each signs. */
export const ArchiveKeySet = z
  .object({
    keys: z
      .array(
        PublicKey.extend({
          kid: z.string().describe("Id of the key, as in the header of a manifest's signature"),
          valid_from: z.string().describe('Time from which it signs (ISO 8601)'),
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
          ...{ kty: 'EC', crv: 'P-256' },
          x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
          y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
          kid: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
          ...{ alg: 'ES256', use: 'sig' },
          valid_from: '2026-11-23T13:00:00.000Z',
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

export const archiveKeySet = (keys: readonly StoredKey[]): z.output<typeof ArchiveKeySet> => ({
  keys: keys.map((key) => ({ ...publicMembers(key), valid_from: key.active_from, valid_until: key.signsUntil })),
});
