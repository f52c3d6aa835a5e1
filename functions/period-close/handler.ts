import type { WriteName } from '../../shared/contract/effects.ts';
import type { EffectOf } from '../../shared/contract/resource.ts';
import type { BackgroundWorld } from '../../shared/background/world.ts';
import type { Write } from '../../shared/dynamodb/write.ts';
import { consume, consumerOutside, each, type Delivery } from '../../shared/queue/consume.ts';
import { bookingsOf, closingTime } from './closing.ts';
import { periodClose, type ClosingMessage } from './contract.ts';
import { closeLater, closingWrites, periodStore, tariffOf } from './store.ts';

type CloseWorld = BackgroundWorld<typeof periodClose>;

/** What closes a period that is open and over; of one that is not over yet, that it is closed then. */
async function decide({ org_id: organization, period }: ClosingMessage, world: CloseWorld): Promise<readonly Write<WriteName<EffectOf<typeof periodClose>>>[]> {
  const store = periodStore(world.tableOf(organization));
  const payer = await store.payer();
  if (payer === null || payer.profile === null || payer.item.status === 'closed' || (await store.isClosed(period))) return [];
  const { item, profile } = payer;
  const now = world.clock();
  const { isDue, grace, next } = closingTime({ period, profile }, world.environment, now.getTime());
  const later = closeLater(profile, next, grace);
  if (!isDue) return [later];
  const tariff = await tariffOf(world.tableOf(item.parent_id ?? organization), profile.tariffId);
  const { entries, told, events } = bookingsOf({ period, profile, tariff, balance: await store.balance() }, now.toISOString());
  const record = world.recorderOf(organization);
  return [...closingWrites({ period, at: now.toISOString(), entries, told }), later, ...(entries.length === 0 ? [] : events.map(({ crossing, event }) => record(crossing, event)))];
}

const close = ({ message }: Delivery<ClosingMessage>, world: CloseWorld): Promise<void> => world.transact(message.org_id, () => decide(message, world));

/** @param outside what the function touches; tests bring their own */
export const periodCloseHandler = (outside = consumerOutside()) => consume(periodClose, each(close), outside);

export const handler = periodCloseHandler();
