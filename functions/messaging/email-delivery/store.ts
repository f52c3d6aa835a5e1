import type { ReadName } from '../../../shared/contract/effects.ts';
import type { EffectOf } from '../../../shared/contract/resource.ts';
import { emailRow } from '../../../shared/dynamodb/rows/email.ts';
import { organizationRow } from '../../../shared/dynamodb/rows/organization.ts';
import { rateRow } from '../../../shared/dynamodb/rows/request.ts';
import { addressesOfUsers } from '../../../shared/dynamodb/rows/user.ts';
import type { Table } from '../../../shared/dynamodb/table.ts';
import { change, replace } from '../../../shared/dynamodb/write.ts';
import type { Email } from '../../../shared/schema/email.ts';
import { noticeLimitOf } from '../../../shared/schema/email-settings.ts';
import { organizationText } from '../../../shared/schema/values.ts';
import type { emailDelivery } from './contract.ts';
import { noticeDay } from './recipients.ts';

/** The count of an organization's recipients of notices in a day. */
const noticesKey = (organization: number, now: Date) => ({
  subject: `notices/${organizationText(organization)}`,
  minute: noticeDay(now).minute,
});

export const deliveryStore = (table: Table<ReadName<EffectOf<typeof emailDelivery>>>) => ({
  email: (id: string): Promise<Email | undefined> => table.get(emailRow, { id }),
  /** Those of the addresses that users of the organization have. */
  addressesOfUsers: (addresses: readonly string[]) => addressesOfUsers(table, addresses),
  /** Recipients of notices on the day: how many there were, and how many there may be. */
  recipientsOn: async (now: Date) => {
    const [count, organization] = await Promise.all([
      table.get(rateRow, noticesKey(table.organization, now)),
      table.get(organizationRow, {}),
    ]);
    return { used: count?.used ?? 0, limit: noticeLimitOf(organization) };
  },
});

/** The next state, unless the e-mail changed since it was read. */
export const updateWrite = (before: Email, after: Email) => replace(emailRow, after, before);

/** Counts recipients of notices; stale if the day has not that many left. */
export const countRecipients = (
  organization: number,
  now: Date,
  { recipients, limit }: { readonly recipients: number; readonly limit: number },
) =>
  change(rateRow, noticesKey(organization, now), {
    set: { ttl: noticeDay(now).ttl },
    add: { used: recipients },
    onlyIf: {
      expression: 'attribute_not_exists(used) OR used <= :most',
      values: { ':most': limit - recipients },
    },
  });
