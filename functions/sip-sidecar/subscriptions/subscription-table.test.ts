import { expect, test } from 'vitest';
import { newSubscription, subscriptionKey } from '#sip/subscription/subscription.ts';
import { crlf, requestOf } from '#sip/values.fixture.ts';
import { udp } from '../stack/reception.fixture.ts';
import type { Flow } from '../transport/flow.ts';
import { SubscriptionTable, type LineSubscription } from './subscription-table.ts';

function subscriptionOf(callId: string, more: Partial<LineSubscription> = {}): LineSubscription {
  const request = requestOf(
    crlf(
      'SUBSCRIBE sip:204@example.com SIP/2.0',
      'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
      'From: <sip:ann@example.com>;tag=f',
      'To: <sip:204@example.com>',
      `Call-ID: ${callId}`,
      'CSeq: 1 SUBSCRIBE',
      'Contact: <sip:ann@192.0.2.1>',
      'Event: message-summary',
      '',
      '',
    ),
  );
  const terms = { package: 'message-summary', id: undefined, seconds: 60 } as const;
  const subscription = newSubscription(request, terms, { toTag: 't', now: 0 });
  if ('status' in subscription) throw new Error(String(subscription.status));
  const line = { organization: 1, username: 'ann', domain: 'example.com', resource: 'usr_1', flow: udp };
  return { ...line, subscription, ...more };
}
const watched = { package: 'message-summary', organization: 1, resource: 'usr_1' } as const;

test('a subscription is found by its dialog, and by what it is subscribed to in its organization', () => {
  const table = new SubscriptionTable();
  const [one, other] = [subscriptionOf('1'), subscriptionOf('2', { organization: 2 })];
  table.set(one);
  table.set(other);
  expect([table.get(subscriptionKey(one.subscription)), table.of(watched)]).toEqual([one, [one]]);
  table.delete(subscriptionKey(one.subscription));
  expect([table.of(watched), table.size]).toEqual([[], 1]);
});

test('a phone is known by its line and the flow of its subscription', () => {
  const table = new SubscriptionTable();
  table.set(subscriptionOf('1'));
  const elsewhere: Flow = { ...udp, remote: { address: '192.0.2.2', port: 5_062 } };
  expect([
    table.hasPhone('message-summary', 'ann', udp),
    table.hasPhone('message-summary', 'ann', elsewhere),
    table.hasPhone('message-summary', 'bob', udp),
  ]).toEqual([true, false, false]);
});

test('of a line the eleventh removes the one that was refreshed first', () => {
  const table = new SubscriptionTable();
  for (let count = 0; count < 10; count += 1) table.set(subscriptionOf(String(count)));
  table.set(subscriptionOf('0'));
  table.set(subscriptionOf('new'));
  table.set(subscriptionOf('another', { username: 'bob' }));
  expect(table.all().map(({ subscription }) => subscription.dialog.callId)).toEqual([
    '2',
    '3',
    '4',
    '5',
    '6',
    '7',
    '8',
    '9',
    '0',
    'new',
    'another',
  ]);
});

test('a subscription has expired at its end', () => {
  const table = new SubscriptionTable();
  table.set(subscriptionOf('1'));
  expect([table.expired(59_999).length, table.expired(60_000).length]).toEqual([0, 1]);
});
