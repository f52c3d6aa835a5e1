import { noticeAddressRow, noticeTokenRow } from '#dynamodb/rows/notice-address.ts';
import type { NoticeAddress, NoticeToken } from '#schema/notice-address.ts';
import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import type { Table } from '#dynamodb/table.ts';
import { overwrite, removeExisting } from '#dynamodb/write.ts';
import type { noticeAddresses } from './contract.ts';

type Reads = Table<ReadName<EffectOf<typeof noticeAddresses>>>;

export const noticeAddressStore = (table: Reads) => ({
  token: (hash: string): Promise<NoticeToken | undefined> => table.get(noticeTokenRow, { token_hash: hash }),
  address: (address: string): Promise<NoticeAddress | undefined> => table.get(noticeAddressRow, { address }),
});

/** Of requests that follow one link at the same time, only one finds the token. */
export const confirmWrites = (after: NoticeAddress, token: NoticeToken) =>
  [overwrite(noticeAddressRow, after), removeExisting(noticeTokenRow, token)] as const;
