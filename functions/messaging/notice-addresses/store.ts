import { noticeAddressRow, noticeTokenRow } from '#dynamodb/rows/notice-address.ts';
import type { NoticeAddress, NoticeToken } from '#schema/notice-address.ts';
import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import type { Table } from '#dynamodb/table.ts';
import { overwrite } from '#dynamodb/write.ts';
import type { noticeAddresses } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof noticeAddresses>>>;

export const noticeAddressStore = (table: Reads) => ({
  token: (hash: string): Promise<NoticeToken | undefined> => table.get(noticeTokenRow, { token_hash: hash }),
  address: (address: string): Promise<NoticeAddress | undefined> => table.get(noticeAddressRow, { address }),
});

/** Stale if another request has confirmed the address, or asked it again. */
export const confirmWrite = (after: NoticeAddress, { token_hash: hash }: NoticeToken) =>
  overwrite(noticeAddressRow, after, { expression: 'token_hash = :hash', values: { ':hash': hash } });
