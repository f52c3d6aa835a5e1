import { emailRow } from '#dynamodb/rows/email.ts';
import { noticeAddressesAmong, noticeAddressRow, noticeTokenRow } from '#dynamodb/rows/notice-address.ts';
import { addressesOfUsers } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import type { Email } from '#schema/email.ts';
import type { NoticeToken } from '#schema/notice-address.ts';
import type { Recipients } from '#schema/notice-recipients.ts';
import { addressOfBilling } from './billing-profile.ts';

/** Which of the addresses the platform may write to for the organization, and which it has asked. */
export async function recipientsAmong(
  table: Pick<Table<'user-email' | 'billingprofile' | 'noticeaddress'>, 'get' | 'getAll'>,
  addresses: readonly string[],
): Promise<Recipients> {
  const [users, billing, asked] = await Promise.all([
    addressesOfUsers(table, addresses),
    addressOfBilling(table, addresses),
    noticeAddressesAmong(table, addresses),
  ]);
  const confirmed = asked.filter(({ confirmed_at: at }) => at !== null);
  return {
    allowed: new Set([...users, ...billing, ...confirmed.map(({ address }) => address)]),
    asked: new Set(asked.map(({ address }) => address)),
  };
}

/** Asks an address by an e-mail with a link. Stale if it was asked since. */
export const askWrites = ({ email, token }: { readonly email: Email; readonly token: NoticeToken }) =>
  [
    create(noticeAddressRow, {
      address: token.address,
      asked_at: email.created_at,
      confirmed_at: null,
      token_hash: token.token_hash,
    }),
    create(noticeTokenRow, token),
    create(emailRow, email),
  ] as const;
