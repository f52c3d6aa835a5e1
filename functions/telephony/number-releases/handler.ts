import type { BackgroundContext } from '#runtime/background-context.ts';
import { operatorOrganization } from '#dynamodb/rows/organization.ts';
import { consume, consumerDependencies, settleEach, type Delivery } from '#runtime/consume.ts';
import { numberReleases, type ReleaseMessage } from './contract.ts';
import { endQuarantineWrite, releaseStore } from './store.ts';

const handle = (
  { message }: Delivery<ReleaseMessage>,
  { tableOf, transact, recorderOf, clock }: BackgroundContext<typeof numberReleases>,
): Promise<void> =>
  transact(operatorOrganization, async () => {
    const number = await releaseStore(tableOf(operatorOrganization)).get(message.number);
    const freed = number === undefined ? undefined : endQuarantineWrite(number, clock().toISOString());
    if (freed === undefined) return [];
    return [
      freed.write,
      recorderOf(operatorOrganization)('number.available', {
        entity: { type: 'number', id: freed.number.id },
        description: `Number ${freed.number.number} is available`,
      }),
    ];
  });

/** The consumer of the queue `jobs`. */
export const releaseHandler = (dependencies = consumerDependencies()) =>
  consume(numberReleases, settleEach(handle), dependencies);

export const handler = releaseHandler();
