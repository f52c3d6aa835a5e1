import { amountOf, money, roundAmount, zeroAmount } from '../../../shared/schema/money.ts';
import { isChargedIn, type ServiceList } from '../../../shared/schema/service-list.ts';
import { bookingId } from '../billing-profiles/booking.ts';
import type { Booking } from '../billing-profiles/ledger.ts';
import type { Period } from '../billing-profiles/period.ts';

/** The charges of services at the start of a period (functions/billing/README.md, "Periods"). */

type Payer = {
  readonly organization: number;
  /** Of the profile; services in another one are not charged. */
  readonly currency: string;
  readonly period: Period;
};

/**
 * The bookings of the services that are charged for a period. A type of service of a list is charged once for a period,
 * as the id of its booking names nothing else.
 */
export const serviceBookings = (lists: readonly ServiceList[], { organization, currency, period }: Payer): Booking[] =>
  lists.flatMap((list) =>
    list.services.flatMap((service): Booking[] => {
      const amount = roundAmount(money(amountOf(service.price) * BigInt(service.quantity)));
      if (service.currency !== currency || amount === zeroAmount || !isChargedIn(service, period)) return [];
      const { service_type: type, plan, quantity, cycle } = service;
      return [
        {
          id: bookingId(organization, period.name, 'service', `${list.id}\n${type}`),
          type: 'service',
          amount: money(-amount),
          reference: list.id,
          period: period.name,
          note: `${type}, plan ${plan}, ${quantity} × ${service.price} (${cycle}), ${list.entity} ${list.entity_id}`,
        },
      ];
    }),
  );
