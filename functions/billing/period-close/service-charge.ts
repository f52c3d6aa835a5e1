import { amountOf, divideRounded, money, roundAmount, zeroAmount } from '#schema/money.ts';
import { isChargedIn, periodsOf, type Service, type ServiceList } from '#schema/service-list.ts';
import { day } from '#schema/time.ts';
import { bookingId } from '../charging/booking.ts';
import type { Booking } from '../charging/booking.ts';
import type { Period } from '../schema/period.ts';

/** The charges of services (functions/billing/README.md, "Periods"). */

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

/** A price per period is a multiple of a twelfth of a micro-unit, as cycles have 1, 3 or 12 periods. */
const parts = 12;
const partsPerPeriod = ({ price, quantity, cycle }: Service): bigint =>
  amountOf(price) * BigInt(quantity) * BigInt(parts / periodsOf[cycle]);

/**
 * The highest price that is paid for a type of service until the end of a period already: by services that were active
 * in the period before an instant, cancelled ones as well, since there is no refund. @param at ISO 8601
 */
function paidParts({ services }: ServiceList, { service_type: type }: Service, at: string, start: number): bigint {
  const paid = services.filter(
    ({ service_type, start_date, partial, cancelled_at: end }) =>
      service_type === type &&
      (partial?.from ?? start_date) < at &&
      (end === null || (Date.parse(end) > start && end > (partial?.from ?? start_date))),
  );
  return paid.map(partsPerPeriod).reduce((most, each) => (each > most ? each : most), 0n);
}

/**
 * The booking of a service for what is left of the period in which it begins, by whole days with the first one; null if
 * it costs nothing. If the list has paid for the type in this period already, only what is dearer is charged. Its id
 * names the instant from which it is charged, so it is booked once.
 */
function partialBooking(
  list: ServiceList,
  service: Service,
  { organization, currency, period }: Payer,
): Booking | null {
  const { service_type: type, plan, quantity, cycle, price, partial, cancelled_at: end } = service;
  const { name, start, end: periodEnd } = period;
  if (partial === undefined || service.currency !== currency || (end !== null && end <= partial.from)) return null;
  const from = Math.max(start, Math.floor(Date.parse(partial.from) / day) * day);
  const dearer = partsPerPeriod(service) - paidParts(list, service, partial.from, start);
  if (dearer <= 0n || from >= periodEnd) return null;
  const amount = divideRounded(dearer * BigInt(periodEnd - from), BigInt(parts) * BigInt(periodEnd - start));
  if (amount === zeroAmount) return null;
  return {
    id: bookingId(organization, name, 'service', `${list.id}\n${type}\n${partial.from}`),
    type: 'service',
    amount: money(-amount),
    reference: list.id,
    period: name,
    note:
      `${type}, plan ${plan}, ${quantity} × ${price} (${cycle}), from ${new Date(from).toISOString().slice(0, 10)}, ` +
      `${list.entity} ${list.entity_id}`,
  };
}

/** The bookings of services that begin in a period, for what is left of it. @param isDue which of them */
export const partialBookings = (
  lists: readonly ServiceList[],
  payer: Payer,
  isDue: (partial: NonNullable<Service['partial']>) => boolean,
): Booking[] =>
  lists.flatMap((list) =>
    list.services.flatMap((service) => {
      const { partial } = service;
      if (partial === undefined || !isDue(partial)) return [];
      const from = Date.parse(partial.from);
      return from >= payer.period.start && from < payer.period.end ? (partialBooking(list, service, payer) ?? []) : [];
    }),
  );
