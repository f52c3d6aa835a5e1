import { get, type SomeLayouts } from '../../../shared/dynamodb/access-patterns/layout.ts';

/** Calls without a price, as they are counted for their event. */
export const unrated = {
  unrated: {
    keeps: 'calls without a price since the last event about them, and when that was recorded',
    table: { partition: 'unrated#<org>', sort: '<label>' },
    writes: 'one ADD, or one SET with the event, per reason in each transaction of CDRs without a price',
    unsharded: 'only calls without a price, by at most two consumers',
    reads: [get(['cdr-ingest'])],
  },
} as const satisfies SomeLayouts;
