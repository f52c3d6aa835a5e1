import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import { readToEnd } from '#dynamodb/read-to-end.ts';
import { incrementCount } from '#dynamodb/rows/count.ts';
import { domainsUnchanged, readDomains, type ReadDomains } from '#dynamodb/rows/domain.ts';
import { countPhonesOfUser, livePhones, phoneRow, phonesOfUser } from '#dynamodb/rows/phone.ts';
import { userRow } from '#dynamodb/rows/user.ts';
import type { Table } from '#dynamodb/table.ts';
import { create } from '#dynamodb/write.ts';
import { AppError } from '#errors.ts';
import type { PhoneLine } from '#schema/phone.ts';
import { bindingRow, type BindingItem, type PresentBinding } from '../../telephony/rows/binding.ts';
import { withRefreshes } from '../../telephony/rows/binding-refresh.ts';
import { anyAccountRow, type PhoneAccountItem } from '../../telephony/rows/sip-account.ts';
import { expiryDue, liveLines } from '../rows/phone-end.ts';
import type { phones } from './contract.ts';
import { maxLines, phoneErrors } from './phone.ts';

type Reads = Table<ReadName<EffectOf<typeof phones>>>;

export const phoneStore = (table: Reads) => ({
  get: (username: string) => table.get(phoneRow, { username }),
  user: (id: string) => table.get(userRow, { id }),
  domains: (): Promise<ReadDomains> => readDomains(table),
  /** Devices and live lines of a user. */
  countOfUser: (user: string, now: Date) => countPhonesOfUser(table, user, now),
  /** @param user the only user whose lines are read; null: all */
  page: (request: PageRequest, user: string | null, keep: (line: PhoneLine) => boolean) =>
    readPage<PhoneLine>(request, {
      read: (range) =>
        user === null
          ? table.queryIndex(phoneRow, 'GSI1', livePhones(table.organization), range)
          : table.queryIndex(phoneRow, 'GSI2', phonesOfUser(table.organization, user), range),
      keep,
    }),
  bindings: async (sip_username: string): Promise<PresentBinding[]> =>
    withRefreshes(
      table,
      await readToEnd((after) =>
        table.query<'binding', BindingItem, { sip_username: string }>(bindingRow, { sip_username }, after),
      ),
    ),
});

/** A new line with its account, which ends when it is due. */
export const createWrites = (line: PhoneLine, account: PhoneAccountItem, domains: ReadDomains) => [
  create(phoneRow, line),
  create(anyAccountRow, account),
  incrementCount(
    liveLines,
    maxLines,
    new AppError(phoneErrors.PHONE_LIMIT, `The organization may have ${maxLines} live phone lines`),
  ),
  expiryDue(line),
  domainsUnchanged(domains),
];
