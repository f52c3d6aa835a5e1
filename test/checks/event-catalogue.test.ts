import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderEventCatalogue } from '#bin/event-catalogue.ts';
import { contracts } from '#functions/contracts.ts';
import { isEventType } from '#contract/events.ts';
import { consumersIn } from '#contract/shared-queues.ts';

test('the catalogue of events has those that contracts declare; else run `npm run events`', () => {
  const stored = readFileSync(new URL('../../shared/contract/event-catalogue.ts', import.meta.url), 'utf8');
  expect(stored).toBe(renderEventCatalogue());
});

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
  expect(awaited.filter(({ event }) => !isEventType(event))).toEqual([]);
});
