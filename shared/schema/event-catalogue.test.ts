import { expect, test } from 'vitest';
import { assertClientType, assertEventType, assertSelectors, type EventCatalogue } from './event-catalogue.ts';

const catalogue: EventCatalogue = { audited: ['auth.2fa.enabled'], state: ['call.answered'], cascades: [] };

test.each(['auth.2fa.enabled', 'call.answered', 'error'])('%s is reserved for the platform', (type) => {
  expect(() => assertClientType(catalogue, 'type', type)).toThrow(
    expect.objectContaining({ code: 'RESERVED_EVENT_TYPE', details: [expect.objectContaining({ path: 'type' })] }),
  );
  expect(() => assertEventType(catalogue, 'type', type)).not.toThrow();
});

test.each(['door.opened', 'call'])('%s is a type of clients', (type) => {
  expect(() => assertClientType(catalogue, 'type', type)).not.toThrow();
  expect(() => assertEventType(catalogue, 'type', type)).toThrow('must be a type of the catalogue');
});

const selecting = (...selectors: readonly string[]) =>
  assertSelectors(
    catalogue,
    selectors.map((selector, at) => ({ path: `events[${at}]`, selector })),
    ['missed_call'],
  );

test('a selector is a type, an area, all, what clients file, or an alias', () => {
  expect(() => selecting('call.answered', 'auth.*', '*', 'custom', 'missed_call')).not.toThrow();
});

test.each(['call.exploded', 'door.*', 'auth.2fa.*', 'call', 'nothing'])('%s selects nothing', (selector) => {
  expect(() => selecting('*', selector)).toThrow(
    expect.objectContaining({ code: 'VALIDATION_FAILED', details: [expect.objectContaining({ path: 'events[1]' })] }),
  );
});
