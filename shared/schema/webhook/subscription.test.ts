import { expect, test } from 'vitest';
import { subscribersTo } from './subscription.ts';
import { builtInWebhook, type Webhook } from './webhook.ts';

const at = '2026-11-20T12:00:00.000Z';
const webhookTo = (...events: readonly string[]): Webhook => ({
  ...builtInWebhook(1001, at),
  id: 'wh_1',
  url: 'https://example.com',
  events,
});
const event = { type: 'trunk.created', at };
const filed = { type: 'door.opened', at, filed: { as: 'event' as const } };
const isWanted = (of: Parameters<typeof subscribersTo>[0], webhook: Webhook): boolean =>
  subscribersTo(of, [webhook]).length > 0;

test.each([
  ['trunk.created', true],
  ['trunk.*', true],
  ['*', true],
  ['trunk.deleted', false],
  ['trunkip.*', false],
  ['custom', false],
])('%s selects trunk.created: %s', (selector, selects) => {
  expect(isWanted(event, webhookTo('gateway.down', selector))).toBe(selects);
});

test('an event of an area whose name begins alike is of another area', () => {
  expect(isWanted({ type: 'trunkip.created', at }, webhookTo('trunk.*'))).toBe(false);
});

test('a filed event goes to those that want custom events or all, and only if the client asks so', () => {
  const notified = { ...filed, notify: true };
  expect(['custom', '*', 'trunk.*'].map((selector) => isWanted(notified, webhookTo(selector)))).toEqual([
    true,
    true,
    false,
  ]);
  expect(isWanted(filed, webhookTo('*'))).toBe(false);
  expect(isWanted({ ...notified, filed: { as: 'entry' } }, webhookTo('*'))).toBe(false);
  // Its time is the client's own.
  expect(isWanted({ ...notified, at: '2026-11-19T12:00:00.000Z' }, webhookTo('custom'))).toBe(true);
});

test('no event goes to a disabled webhook, or to one that was created later', () => {
  expect(isWanted(event, { ...webhookTo('*'), enabled: false })).toBe(false);
  expect(isWanted({ ...event, at: '2026-11-20T11:59:59.999Z' }, webhookTo('*'))).toBe(false);
});

test('an event with a callback goes to the webhook default, too; without one, default gets nothing', () => {
  const callback = { ...event, callback_url: 'https://example.com/callback' };
  const quick: Webhook = { ...webhookTo('*'), pace: { quick: true, slow_at: null } };
  expect(subscribersTo(callback, [quick])).toEqual([
    { kind: 'webhook', id: 'wh_1', isQuick: true },
    { kind: 'webhook', id: 'default', isQuick: false },
  ]);
  expect(subscribersTo(event, [{ ...builtInWebhook(1001, at), events: ['*'] }])).toEqual([]);
});
