import { platformRow, row } from '#dynamodb/row.ts';
import type { StirAuthorities, StirCertificate } from '#telephony/stir-certificate.ts';

export type StirCertificateItem = StirCertificate;

/** `stircertificate#1001`, newest first by id. An organization has few, which are read together. */
export const stirCertificateRow = row<'stircertificate', StirCertificateItem, { id: string }>('stircertificate', {
  sort: ({ id }) => id,
});

/** A chain as it is published. */
export type StirChainItem = {
  /** Hash of the chain. */
  readonly id: string;
  readonly chain: string;
  /** ISO 8601. */
  readonly not_after: string;
};

/**
 * `stirchain#<id>`: read by anyone, before an organization is known. It stays until its end, also after the deletion
 * of its certificate: calls that were signed with it are still verified.
 */
export const stirChainRow = platformRow<'stirchain', StirChainItem, { id: string }, { id: string }>('stirchain', {
  partition: ({ id }) => [id],
  sort: () => 'chain',
  expires: ({ not_after: end }) => Math.ceil(Date.parse(end) / 1_000),
});

export type StirAuthoritiesItem = StirAuthorities;

export const stirAuthoritiesKey = { id: 'authorities' } as const;

/** `stirauthorities#platform`: one item, which the operator writes. */
export const stirAuthoritiesRow = platformRow<'stirauthorities', StirAuthoritiesItem, { id: 'authorities' }>(
  'stirauthorities',
  {
    sort: ({ id }) => id,
    unsharded: 'the operator changes it a few times a year; each process reads it once a minute',
  },
);
