import { isAudited } from '../../shared/contract/events.ts';
import type { BackgroundWorld } from '../../shared/background/world.ts';
import { consume, consumerOutside, type Delivery } from '../../shared/queue/consume.ts';
import { seal } from './chain.ts';
import { eventSealer } from './contract.ts';
import { sealerStore, sealing, settlement } from './store.ts';

type SealerWorld = BackgroundWorld<typeof eventSealer>;
type Message = { readonly org_id: number; readonly event_id: string };

/** Settles an event once, however often it is asked to: what is settled, or gone, is left alone. */
const settle = ({ org_id: organization, event_id: id }: Message, { tableOf, transact, clock }: SealerWorld): Promise<void> =>
  transact(organization, async () => {
    const store = sealerStore(tableOf(organization));
    const event = await store.event(id);
    if (event?.pending !== true) return [];
    if (!isAudited(event.type)) return settlement(event, clock());
    const head = await store.head();
    return sealing(seal(event, head), head, event, clock());
  });

/** One after the other within an organization, whose entries all follow one head; organizations at the same time. */
function settleInTurn(deliveries: readonly Delivery<Message>[], world: SealerWorld): Promise<PromiseSettledResult<void>[]> {
  const last = new Map<number, Promise<void>>();
  return Promise.allSettled(deliveries.map(({ message }) => {
    const before = last.get(message.org_id) ?? Promise.resolve();
    const work = before.catch(() => undefined).then(() => settle(message, world));
    last.set(message.org_id, work);
    return work;
  }));
}

/** @param outside what the function touches; tests bring their own */
export const eventSealerHandler = (outside = consumerOutside()) => consume(eventSealer, settleInTurn, outside);

export const handler = eventSealerHandler();
