import { holdsOn, whileHoldsStay } from '#dynamodb/rows/legal-hold.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import type { ErasedPerson } from '#schema/erased-person.ts';
import { forgetPerson, type ForgetContext } from '../../platform/rows/person-key.ts';
import type { erasures } from './contract.ts';
import type { Erasure } from './erasure.ts';

type Forgetting = {
  readonly context: BackgroundContext<typeof erasures>;
  readonly seals: ForgetContext['seals'];
};

/**
 * The event log forgets a person: the key of its pseudonyms is deleted. Any hold on the event log keeps all keys, as
 * entries name several persons, and what is held must be readable. May be repeated.
 * @returns what has become of the person, or would without erasing
 */
export async function forgetInEventLog(
  organization: number,
  person: ErasedPerson,
  erase: boolean,
  { context, seals }: Forgetting,
): Promise<Erasure['event_log']> {
  const { tableOf, transact, clock } = context;
  const holds = await holdsOn(tableOf(organization), 'eventlog');
  if (holds.active.length > 0) return 'held';
  if (!erase) return 'forgotten';
  await forgetPerson(organization, 'number' in person ? person.number : person.user_id, {
    ...{ tableOf, seals, clock },
    // Stale if a hold was placed since: then the message comes again, and the hold is seen.
    transact: (of, decide) => transact(of, async () => [whileHoldsStay(holds), ...(await decide())]),
  });
  return 'forgotten';
}
