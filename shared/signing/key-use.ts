import type { SecretName } from '../contract/effects.ts';
import type { Entity } from '../contract/entities.ts';
import type { Row } from '../dynamodb/row.ts';
import { archiveKeyRow } from '../dynamodb/rows/archive-key.ts';
import { signingKeyRow, type SigningKeyItem } from '../dynamodb/rows/user.ts';

/**
 * What keys sign. Each use has a secret and rows of its own, so that no function that signs the one can sign the other,
 * and no signature of the one is ever valid for the other.
 */
export type KeyUse<E extends Entity = Entity, S extends SecretName = SecretName> = {
  /** Has the private keys, one version per generation. */
  readonly secret: S;
  /** Has the public keys. */
  readonly row: Row<E, SigningKeyItem, { generation: number }>;
  /** The event of a rotation. */
  readonly rotated: { readonly type: string; readonly description: string };
};

export const tokenKeys = {
  secret: 'signing-keys',
  row: signingKeyRow,
  rotated: { type: 'auth.key.rotated', description: 'The key that signs session tokens was rotated' },
} as const satisfies KeyUse;

export const archiveKeys = {
  secret: 'archive-keys',
  row: archiveKeyRow,
  rotated: { type: 'archiving.key.rotated', description: 'The key that signs manifests of archives was rotated' },
} as const satisfies KeyUse;
