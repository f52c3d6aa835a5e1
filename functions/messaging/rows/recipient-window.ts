import { rateRow } from '#dynamodb/rows/request.ts';
import type { Table } from '#dynamodb/table.ts';
import { change } from '#dynamodb/write.ts';
import { AppError } from '#errors.ts';
import { minute, second } from '#schema/time.ts';
import { organizationText } from '#schema/values.ts';

/** Recipients of an organization's messages in each minute (functions/messaging/README.md, "Limits"). */

/** The messages of a window, and how many recipients it may have. */
type Window = { readonly kind: 'email'; readonly limit: number };

const keyOf = ({ kind }: Window, organization: number, now: Date) => ({
  subject: `recipients/${kind}/${organizationText(organization)}`,
  minute: Math.floor(now.getTime() / minute),
});

const exceeded = ({ limit }: Window, now: Date): AppError =>
  new AppError('RATE_LIMITED', `More than ${limit} recipients per minute`, {
    retryAfter: Math.ceil((minute - (now.getTime() % minute)) / second),
  });

/** @throws AppError RATE_LIMITED, if the minute has not so many recipients left */
export async function assertRoom(
  table: Pick<Table<'rate'>, 'get' | 'organization'>,
  window: Window,
  { recipients, now }: { readonly recipients: number; readonly now: Date },
): Promise<void> {
  const { used } = (await table.get(rateRow, keyOf(window, table.organization, now))) ?? { used: 0 };
  if (used + recipients > window.limit) throw exceeded(window, now);
}

/** Counts recipients; RATE_LIMITED if the minute has not so many left. */
export const countInWindow = (
  organization: number,
  window: Window,
  { recipients, now }: { readonly recipients: number; readonly now: Date },
) => {
  const key = keyOf(window, organization, now);
  return change(rateRow, key, {
    set: { ttl: ((key.minute + 2) * minute) / second },
    add: { used: recipients },
    onlyIf: {
      expression: 'attribute_not_exists(used) OR used <= :most',
      values: { ':most': window.limit - recipients },
    },
    conflict: exceeded(window, now),
  });
};
