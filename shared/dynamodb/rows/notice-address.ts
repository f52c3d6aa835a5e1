import type { NoticeAddress, NoticeToken } from '../../schema/notice-address.ts';
import { day, second } from '../../schema/time.ts';
import { platformRow, row } from '../row.ts';
import type { Table } from '../table.ts';

/** Seconds after which an address that did not answer may be asked again. */
const askedTtl = (90 * day) / second;

/** `noticeaddress#1001` by address. One that did not answer expires. */
export const noticeAddressRow = row<'noticeaddress', NoticeAddress, { readonly address: string }>('noticeaddress', {
  sort: ({ address }) => address,
  expires: ({ asked_at: at, confirmed_at: confirmed }) =>
    confirmed === null ? Math.floor(Date.parse(at) / second) + askedTtl : undefined,
});

/** `noticetoken#<hash>`: found by the token alone, as the person who follows a link has no credential. */
export const noticeTokenRow = platformRow<
  'noticetoken',
  NoticeToken,
  { readonly token_hash: string },
  { readonly token_hash: string }
>('noticetoken', {
  partition: ({ token_hash: hash }) => [hash],
  sort: () => 'token',
  expires: ({ expires_at: at }) => at,
});

/** Those of the addresses that were asked, confirmed or not. */
export async function noticeAddressesAmong(
  table: Pick<Table<'noticeaddress'>, 'getAll'>,
  addresses: readonly string[],
): Promise<readonly NoticeAddress[]> {
  const found = await table.getAll(
    noticeAddressRow,
    [...new Set(addresses)].map((address) => ({ address })),
  );
  return found.flatMap((item) => item ?? []);
}
