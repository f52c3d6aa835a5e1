import { describe, expect, test } from 'vitest';
import { newResponse, type ResponseParts } from '../build.ts';
import { dialogKeyOfRequest } from '../dialog/dialog.ts';
import { header } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import type { SipRequest } from '../message.ts';
import { printUri } from '../uri.ts';
import { addressOf, crlf, requestOf, viaOf } from '../values.fixture.ts';
import {
  acceptance,
  endsSubscription,
  newSubscription,
  notifyIn,
  refreshSubscription,
  subscriptionKey,
  subscriptionTerms,
  type Subscription,
} from './subscription.ts';

const now = 1_000_000;
const contact = addressOf('<sip:204@pbx.example.com>');

const subscribe = (lines: readonly string[] = [], { sequence = 1, tag = '' } = {}): SipRequest =>
  requestOf(
    crlf(
      'SUBSCRIBE sip:204@pbx.example.com SIP/2.0',
      'Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1',
      'From: <sip:ann@pbx.example.com>;tag=f',
      `To: <sip:204@pbx.example.com>${tag}`,
      'Call-ID: c1',
      `CSeq: ${sequence} SUBSCRIBE`,
      'Contact: <sip:ann@192.0.2.1:5062>',
      ...lines,
      '',
      '',
    ),
  );
const mwi = 'Event: message-summary';
const withTerms = (...lines: string[]) => subscriptionTerms(subscribe(lines));

const subscription = (...lines: string[]): Subscription => {
  const request = subscribe([mwi, ...lines]);
  const made = newSubscription(
    request,
    { package: 'message-summary', id: undefined, seconds: 600 },
    { toTag: 't', now },
  );
  if ('status' in made) throw new Error(String(made.status));
  return made;
};
const notified = (of: Subscription, more: object = {}) =>
  notifyIn(of, { via: viaOf('SIP/2.0/UDP h;branch=z9hG4bK2'), contact, body: 'text', now, ...more });
const stateOf = ({ request }: { request: SipRequest }) =>
  request.headers.fields(header.subscriptionState).map(({ value }) => value)[0];

describe('the terms of a SUBSCRIBE', () => {
  test('are its event package, the id, and the seconds up to the longest', () => {
    expect(withTerms(`${mwi};id=7`, 'Expires: 600')).toEqual({ package: 'message-summary', id: '7', seconds: 600 });
    expect(withTerms(mwi, 'Expires: 99999')).toMatchObject({ seconds: 3_600 });
    expect(withTerms(mwi)).toMatchObject({ seconds: 3_600 });
    expect(withTerms(mwi, 'Expires: 0')).toMatchObject({ seconds: 0 });
  });

  test.each([
    ['no event', [], 489, header.allowEvents],
    ['an unknown event', ['Event: presence'], 489, header.allowEvents],
    ['a property of every object as event', ['Event: constructor'], 489, header.allowEvents],
    ['two events', [mwi, mwi], 400, undefined],
    ['less than a minute', [mwi, 'Expires: 59'], 423, header.minExpires],
    ['another type only', [mwi, 'Accept: application/pidf+xml'], 406, undefined],
  ] as const)('with %s are rejected', (_name, lines, status, named) => {
    const terms = withTerms(...lines) as ResponseParts;
    expect([terms.status, named === undefined || terms.headers?.has(named)]).toEqual([status, true]);
  });

  test('may accept the type by a range', () => {
    for (const range of ['application/*', '*/*', 'text/plain, application/simple-message-summary'])
      expect(withTerms(mwi, `Accept: ${range}`)).toMatchObject({ package: 'message-summary' });
  });
});

describe('a subscription', () => {
  test('has the dialog of its SUBSCRIBE, by which later requests find it', () => {
    expect(subscriptionKey(subscription())).toBe(dialogKeyOfRequest(subscribe([mwi], { tag: ';tag=t' })));
  });

  test('needs a Contact, and headers of a limited size', () => {
    const without = subscribe([mwi]);
    const terms = { package: 'message-summary', id: undefined, seconds: 600 } as const;
    const by = (request: SipRequest) => newSubscription(request, terms, { toTag: 't', now });
    expect(by(without.with(without.headers.without(header.contact)))).toMatchObject({ status: 400 });
    expect(by(subscribe([mwi, `Record-Route: <sip:${'p'.repeat(5_000)}.example>`]))).toEqual({ status: 513 });
    expect(by(subscribe([mwi, `Subject: ${'p'.repeat(5_000)}`]))).not.toHaveProperty('status');
  });

  test('is extended by a SUBSCRIBE in its dialog, in the order of CSeq, which may have a new Contact', () => {
    const refresh = subscribe([mwi], { sequence: 2, tag: ';tag=t' });
    const moved = refresh.with(refresh.headers.with(header.contact, addressOf('<sip:ann@192.0.2.9>')));
    const after = refreshSubscription(subscription(), moved, { seconds: 60, now });
    if ('status' in after) throw new Error(String(after.status));
    expect([after.expiresAt, printUri(after.dialog.target)]).toEqual([now + 60_000, 'sip:ann@192.0.2.9']);
    expect(refreshSubscription(after, moved, { seconds: 60, now })).toEqual({ status: 500 });
  });

  test('notifies in its dialog, with increasing CSeq, its event and id, and the remaining seconds', () => {
    const first = notified(subscription());
    const { headers, cseq, uri, fromTag, toTag, body } = first.request;
    expect([printUri(uri), fromTag, toTag, cseq.sequence, body.toString()]).toEqual([
      'sip:ann@192.0.2.1:5062',
      't',
      'f',
      1,
      'text',
    ]);
    expect(headers.one(header.contentType)).toMatchObject({ value: 'application/simple-message-summary' });
    expect(stateOf(first)).toBe('active;expires=600');
    expect(notified(first.subscription).request.cseq.sequence).toBe(2);
    const named = newSubscription(
      subscribe([`${mwi};id=7`]),
      { package: 'message-summary', id: '7', seconds: 60 },
      { toTag: 't', now },
    ) as Subscription;
    expect(
      notified(named)
        .request.headers.fields(header.event)
        .map(({ value }) => value),
    ).toEqual(['message-summary;id=7']);
  });

  test('that has expired, or is ended, says why', () => {
    expect(stateOf(notified({ ...subscription(), expiresAt: now }))).toBe('terminated;reason=timeout');
    expect(stateOf(notified(subscription(), { end: 'noresource' }))).toBe('terminated;reason=noresource');
  });

  test('is accepted with our Contact and the seconds', () => {
    const { headers, status } = acceptance(contact, 600);
    expect([status, headers?.one(header.expires), headers?.has(header.contact)]).toEqual([200, 600, true]);
  });

  test.each([
    [200, false],
    [481, true],
    [408, true],
    [489, true],
    [503, false],
    [401, false],
  ])('after the response %i to its NOTIFY has ended: %s', (status, ends) => {
    const response = newResponse(notified(subscription()).request, { status });
    expect(endsSubscription(response)).toBe(ends);
  });

  test('continues if the phone says when to try again, unless it does not know the dialog', () => {
    const later = (status: number) =>
      newResponse(notified(subscription()).request, {
        status,
        headers: Headers.none.append(header.retryAfter, '5'),
      });
    expect([endsSubscription(later(480)), endsSubscription(later(481))]).toEqual([false, true]);
  });
});
