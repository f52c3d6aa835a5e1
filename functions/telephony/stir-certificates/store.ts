import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readPages } from '#dynamodb/page.ts';
import { prefetchByPathId } from '#dynamodb/prefetch.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import { composeWrites, countWrites, itemWrites } from '#dynamodb/rows/item-writes.ts';
import type { Table } from '#dynamodb/table.ts';
import { overwrite, type Write } from '#dynamodb/write.ts';
import {
  stirAuthoritiesKey,
  stirAuthoritiesRow,
  stirCertificateRow,
  stirChainRow,
  type StirCertificateItem,
} from '../rows/stir-certificate.ts';
import { maxCertificates } from './certificate.ts';
import type { stirCertificates } from './contract.ts';
import { warningTimes } from '../schema/stir-expiry.ts';

export const prefetch = prefetchByPathId(stirCertificateRow);

export const stirStore = (table: Table<ReadName<EffectOf<typeof stirCertificates>>>) => ({
  get: (id: string) => table.get(stirCertificateRow, { id }),
  page: readPages((range) => table.query(stirCertificateRow, {}, range)),
  authorities: () => table.get(stirAuthoritiesRow, stirAuthoritiesKey),
  chain: (id: string) => table.get(stirChainRow, { id }),
});

export const certificateWrites = composeWrites(
  itemWrites(stirCertificateRow),
  countWrites('stir certificates', maxCertificates),
);

/** A new chain is published, and its end announced. */
export function chainWrites(
  before: StirCertificateItem | undefined,
  after: StirCertificateItem,
): Write<'stirchain' | 'due'>[] {
  const { chain, chain_id: id, not_after: end, org_id, updated_at: now } = after;
  if (chain === null || id === null || end === null || before?.chain_id === id) return [];
  return [
    overwrite(stirChainRow, { id, chain, not_after: end }),
    ...warningTimes(end, now).map((at) =>
      scheduleDue({ kind: 'stircertificate.expiry', at, org_id, subject: after.id }),
    ),
  ];
}

export const authoritiesWrites = itemWrites(stirAuthoritiesRow);
