import { expect, test } from 'vitest';
import { address, type Address, printAddress } from '../address.ts';
import { newRequest } from '../build.ts';
import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import type { SipRequest } from '../message.ts';
import { printUri, type SipUri, sipUri } from '../uri.ts';
import { addressOf, unwrap, uriOf } from '../values.fixture.ts';
import { newVia } from '../via.ts';
import { forward, hasLooped, nextHop, removeOwnRoute } from './proxy.ts';

const routesOf = (...all: readonly string[]): Address[] => all.map(addressOf);
const request = (target: string, route: readonly Address[] = [], maxForwards = 70): SipRequest =>
  newRequest({
    method: 'INVITE',
    uri: uriOf(target),
    via: newVia('UDP', '192.0.2.1', 5060, 'z9hG4bK1'),
    from: address(uriOf('sip:a@x')),
    to: address(uriOf('sip:b@x')),
    callId: 'c',
    sequence: 1,
    route,
    maxForwards,
  });
const isOurs = ({ host }: SipUri): boolean => host === 'ours';
const shown = (result: SipRequest | Fault | string): unknown =>
  result instanceof Fault || typeof result === 'string'
    ? result
    : [printUri(result.uri), ...unwrap(result.headers.all(header.route)).map(printAddress)];

test('a proxy removes its own topmost Route', () => {
  expect(shown(removeOwnRoute(request('sip:b@x', routesOf('<sip:ours;lr>', '<sip:next;lr>')), isOurs))).toEqual([
    'sip:b@x',
    '<sip:next;lr>',
  ]);
  expect(shown(removeOwnRoute(request('sip:b@x', routesOf('<sip:next;lr>', '<sip:ours;lr>')), isOurs))).toEqual([
    'sip:b@x',
    '<sip:next;lr>',
    '<sip:ours;lr>',
  ]);
});

test('a proxy restores the Request-URI that a strict router replaced (RFC 3261 §16.4)', () => {
  expect(shown(removeOwnRoute(request('sip:ours;lr', routesOf('<sip:next;lr>', '<sip:b@y>')), isOurs))).toEqual([
    'sip:b@y',
    '<sip:next;lr>',
  ]);
  expect(shown(removeOwnRoute(request('sip:b@ours', routesOf('<sip:next;lr>')), isOurs))).toEqual([
    'sip:b@ours',
    '<sip:next;lr>',
  ]);
});

test('a forwarded request has one hop less, our Record-Route and our Via on top (RFC 3261 §16.6)', () => {
  const next = forward(request('sip:b@x', [], 2), {
    via: newVia('TCP', 'ours', 5060, 'z9hG4bK2'),
    target: uriOf('sip:b@192.0.2.5'),
    recordRoute: sipUri({ host: 'ours' }),
  });
  if (next === 'too many hops') throw new Error(next);
  const { headers, uri: target } = unwrap(next);
  expect([
    printUri(target),
    headers.one(header.maxForwards),
    unwrap(headers.all(header.via)).map(({ host }) => host),
    unwrap(headers.all(header.recordRoute)).map(printAddress),
  ]).toEqual(['sip:b@192.0.2.5', 1, ['ours', '192.0.2.1'], ['<sip:ours;lr>']]);
});

test('a request without hops left is not forwarded; one without Max-Forwards gets 70', () => {
  const own = { via: newVia('UDP', 'ours', 5060, 'z9hG4bK2') };
  expect(forward(request('sip:b@x', [], 0), own)).toBe('too many hops');
  const silent = request('sip:b@x');
  const next = forward(silent.with(silent.headers.without(header.maxForwards)), own);
  expect(next !== 'too many hops' && unwrap(next).headers.one(header.maxForwards)).toBe(70);
});

test('a strict router becomes the Request-URI, and the target the last Route (RFC 3261 §16.6 step 6)', () => {
  const next = forward(request('sip:b@x', routesOf('<sip:strict>', '<sip:next;lr>')), {
    via: newVia('UDP', 'ours', 5060, 'z9hG4bK2'),
  });
  expect(shown(next)).toEqual(['sip:strict', '<sip:next;lr>', '<sip:b@x>']);
});

test('the next hop is the first Route, or the Request-URI', () => {
  expect(
    [nextHop(request('sip:b@x', routesOf('<sip:r;lr>'))), nextHop(request('sip:b@x'))].map((hop) =>
      printUri(unwrap(hop)),
    ),
  ).toEqual(['sip:r;lr', 'sip:b@x']);
});

test('a request that has our Via has looped', () => {
  expect([
    hasLooped(request('sip:b@x'), ({ host }) => host === '192.0.2.1'),
    hasLooped(request('sip:b@x'), ({ host }) => host === 'ours'),
  ]).toEqual([true, false]);
});
