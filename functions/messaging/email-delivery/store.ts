import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { emailRow } from '#dynamodb/rows/email.ts';
import { unreferenceWrites } from '#dynamodb/rows/file.ts';
import { noticeAddressesAmong, noticeAddressRow } from '#dynamodb/rows/notice-address.ts';
import type { NoticeAddress } from '#schema/notice-address.ts';
import { organizationRow } from '#dynamodb/rows/organization.ts';
import { rateRow } from '#dynamodb/rows/request.ts';
import type { Table } from '#dynamodb/table.ts';
import { change, removeIf, replace } from '#dynamodb/write.ts';
import type { Email, EmailBatch } from '#schema/email.ts';
import { noticeLimitOf } from '#schema/email-settings.ts';
import { organizationText } from '#schema/values.ts';
import { emailSuppressionRow, suppressedAmong, suppressionWrite } from '../email-suppressions/row.ts';
import type { Suppression } from '../email-suppressions/suppression.ts';
import { emailBatchRow } from '../rows/email-batch.ts';
import { recipientsAmong } from '../../billing/rows/notice-recipients.ts';
import type { emailDelivery } from './contract.ts';
import { noticeDay } from './recipients.ts';

/** The count of an organization's recipients of notices in a day. */
const noticesKey = (organization: number, now: Date) => ({
  subject: `notices/${organizationText(organization)}`,
  minute: noticeDay(now).minute,
});

export const deliveryStore = (table: Table<ReadName<EffectOf<typeof emailDelivery>>>) => ({
  email: (id: string): Promise<Email | undefined> => table.get(emailRow, { id }),
  /** Those of the addresses that may be written to. */
  /** Those of the addresses that the platform's own address may write to for the organization. */
  allowedAmong: async (addresses: readonly string[]) => (await recipientsAmong(table, addresses)).allowed,
  /** Those of the addresses that get no e-mail. */
  suppressedAmong: (addresses: readonly string[], now: Date) => suppressedAmong(table, addresses, now),
  suppression: (address: string): Promise<Suppression | undefined> => table.get(emailSuppressionRow, { address }),
  batch: (id: string): Promise<EmailBatch | undefined> => table.get(emailBatchRow, { id }),
  /** The e-mails of a batch; without those that have expired. */
  emailsOf: async ({ emails }: EmailBatch): Promise<readonly Email[]> =>
    (
      await table.getAll(
        emailRow,
        emails.map((id) => ({ id })),
      )
    ).flatMap((email) => email ?? []),
  /** An address that was asked and has not confirmed. */
  unconfirmed: async (address: string) => {
    const [found] = await noticeAddressesAmong(table, [address]);
    return found?.confirmed_at === null ? found : undefined;
  },
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

/** Stores what a report says about an address; stale if it changed since it was read. */
export const strikeWrite = (before: Suppression | undefined, after: Suppression) => suppressionWrite(before, after);

/** Marks a batch whose e-mails get their events; stale if another message did so. */
export const announceWrite = ({ id }: EmailBatch) =>
  change(
    emailBatchRow,
    { id },
    { set: { announced: true }, onlyIf: { expression: 'announced = :no', values: { ':no': false } } },
  );

/** Ends the references of an e-mail or a batch to its files. */
export const releaseFileWrites = ({ id, batch_id: batch, files = [] }: Email) =>
  files.flatMap((file) => unreferenceWrites(file, { type: 'email', id: batch ?? id }));

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

/** Lets an address be asked again, as it did not get the e-mail. Stale if it confirmed since. */
export const forgetAddressWrite = ({ address, token_hash: hash }: NoticeAddress) =>
  removeIf(noticeAddressRow, { address }, { expression: 'token_hash = :hash', values: { ':hash': hash } });
