import { consume, consumerDependencies, settleEach, type Delivery } from '#runtime/consume.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { reservationExpiry, type ExpiryMessage } from './contract.ts';
import { isExpired } from './reservation.ts';
import { expiryDue, readReservation, releaseWrites } from './row.ts';

/**
 * Releases an expired reservation. One that has ended needs nothing; one that was raised gets its timer again, as does
 * one whose message came early.
 */
async function expireReservation(
  { message: { org_id: organization, call_id } }: Delivery<ExpiryMessage>,
  { clock, tableOf, transact }: BackgroundContext<typeof reservationExpiry>,
): Promise<void> {
  await transact(organization, async () => {
    const reservation = await readReservation(tableOf(organization), call_id);
    if (reservation === null) return [];
    return isExpired(reservation, clock().getTime())
      ? releaseWrites(reservation)
      : [expiryDue(organization, reservation)];
  });
}

/** @param dependencies what the function uses from outside; tests pass their own */
export const reservationExpiryHandler = (dependencies = consumerDependencies()) =>
  consume(reservationExpiry, settleEach(expireReservation), dependencies);

export const handler = reservationExpiryHandler();
