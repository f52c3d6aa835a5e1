import { second } from '#schema/time.ts';
import { returnLease, takeLease } from '#schema/webhook/delivery-leases.ts';
import type { DeliveryContext } from './attempt-steps.ts';
import { deliveryStore, leasesWrite } from './store.ts';

/** Milliseconds of a lease: longer than the consumer may run. */
const leaseTtl = 40 * second;

type Receiver = { readonly organization: number; readonly receiver: string };
export type Lease = { readonly id: string; /** Attempts in flight. */ readonly attempts: number };

/** Takes a lease for attempts to a receiver: as many as are free. */
export async function takeAttempts(
  { organization, receiver }: Receiver,
  wanted: number,
  { nextId, clock, transact, tableOf, commitWithOthers }: DeliveryContext,
): Promise<Lease> {
  const id = nextId('lease');
  let attempts = 0;
  const decide = async () => {
    const before = await deliveryStore(tableOf(organization)).leases(receiver);
    const taken = takeLease(receiver, before, { id, attempts: wanted, ttl: leaseTtl }, clock());
    attempts = taken?.attempts ?? 0;
    return taken === undefined ? [] : [leasesWrite(before, taken.leases)];
  };
  await transact(organization, decide, commitWithOthers(receiver));
  return { id, attempts };
}

/** Returns a lease. */
export const returnAttempts = (
  { organization, receiver }: Receiver,
  { id }: Lease,
  { clock, transact, tableOf, commitWithOthers }: DeliveryContext,
): Promise<void> =>
  transact(
    organization,
    async () => {
      const before = await deliveryStore(tableOf(organization)).leases(receiver);
      return before === undefined ? [] : [leasesWrite(before, returnLease(before, id, clock()))];
    },
    commitWithOthers(receiver),
  );
