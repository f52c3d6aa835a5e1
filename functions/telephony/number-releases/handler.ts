import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import { operatorOrganization } from '../../../shared/dynamodb/rows/organization.ts';
import { consume, consumerDependencies, each, type Delivery } from '../../../shared/queue/consume.ts';
import { numberReleases, type ReleaseMessage } from './contract.ts';
import { freed, releaseStore } from './store.ts';

const free = (
  { message }: Delivery<ReleaseMessage>,
  { tableOf, transact, recorderOf, clock }: BackgroundContext<typeof numberReleases>,
): Promise<void> =>
  transact(operatorOrganization, async () => {
    const number = await releaseStore(tableOf(operatorOrganization)).get(message.number);
    const over = number === undefined ? undefined : freed(number, clock().toISOString());
    if (over === undefined) return [];
    return [
      over.write,
      recorderOf(operatorOrganization)('number.available', {
        entity: { type: 'number', id: over.number.id },
        description: `Number ${over.number.number} is available`,
      }),
    ];
  });

/** @param outside what the function touches; tests bring their own */
export const releaseHandler = (dependencies = consumerDependencies()) =>
  consume(numberReleases, each(free), dependencies);

export const handler = releaseHandler();
