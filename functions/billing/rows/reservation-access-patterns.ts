import { get, type SomeLayouts } from '../../../shared/dynamodb/access-patterns/layout.ts';

/** Reservations of prepaid calls. */
export const reservations = {
  reservation: {
    keeps: 'what a call of a prepaid organization has reserved',
    table: { partition: 'reservation#<org>#<party>', sort: 'reservation' },
    writes: 'with its due pointer and the item of credits; deleted in the transaction of its CDR, or when it expires',
    reads: [
      get(['cdr-ingest'], 'up to 32 with each transaction of CDRs of a prepaid organization'),
      get(['reservation-expiry', 'POST /dialplan/evaluate']),
      get(['POST /dialplan/freeswitch'], 'only of a call for which nothing is left: it may replace its own'),
    ],
  },
} as const satisfies SomeLayouts;
