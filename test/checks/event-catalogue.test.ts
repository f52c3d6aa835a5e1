import { expect, test } from 'vitest';
import { contracts, services } from '#functions/contracts.ts';
import { eventCatalogueOf } from '#contract/event-catalogue.ts';
import { consumersIn } from '#contract/shared-queues.ts';

test('every event that starts something is written by a contract', () => {
  const awaited = [
    ...contracts.flatMap(({ name, cascades = [] }) => cascades.map(({ event }) => ({ name, event }))),
    ...consumersIn(contracts).flatMap(({ name, startedBy }) =>
      startedBy === undefined || typeof startedBy.events === 'string'
        ? []
        : startedBy.events.map((event) => ({ name, event })),
    ),
  ];
  expect(awaited.length).toBeGreaterThan(20);
  const { audited, state } = eventCatalogueOf([...contracts, ...services]);
  const written = new Set([...audited, ...state]);
  expect(awaited.filter(({ event }) => !written.has(event))).toEqual([]);
});
