import { phoneRow } from '#dynamodb/rows/phone.ts';
import { consume, consumerDependencies, settleEach, type Delivery } from '#runtime/consume.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { endEvent, endWrites } from '../rows/phone-end.ts';
import { phoneExpiries, type ExpiryMessage } from './contract.ts';

const handle = (
  { message: { org_id: organization, username } }: Delivery<ExpiryMessage>,
  { tableOf, transact, recorderOf, clock }: BackgroundContext<typeof phoneExpiries>,
): Promise<void> =>
  transact(organization, async () => {
    const line = await tableOf(organization).get(phoneRow, { username });
    // The message is the due time: a line never lives longer, and clocks differ by milliseconds.
    if (line === undefined || line.ended_at !== null) return [];
    return [
      ...endWrites(line, clock().toISOString()),
      recorderOf(organization)('phone.expired', endEvent(line, 'expired')),
    ];
  });

/** Takes the messages of expired lines from the queue `jobs`. */
export const phoneExpiriesHandler = (dependencies = consumerDependencies()) =>
  consume(phoneExpiries, settleEach(handle), dependencies);

export const handler = phoneExpiriesHandler();
