import { describe, expect, test } from 'vitest';
import { address, type Address, parseAddress, printAddress } from '../address.ts';
import { newRequest } from '../build.ts';
import { Fault } from '../fault.ts';
import { header } from '../header-kinds.ts';
import { parseMessage, type SipRequest } from '../message.ts';
import { torture } from '../torture.fixture.ts';
import { parseUri, printUri, type SipUri, sipUri, type Uri } from '../uri.ts';
import { newVia, parseVia, printVia, type Via } from '../via.ts';
import { forwarded, hasLooped, nextHop, ownRouteTaken } from './proxy.ts';
import { markSource, responseTarget } from './response.ts';

function right<Value>(value: Value | Fault | undefined): Value {
  if (value === undefined) throw new Error('nothing');
  if (value instanceof Fault) throw new Error(value.reason);
  return value;
}

const uri = (text: string): Uri => right(parseUri(text));
const via = (text: string): Via => right(parseVia(text));
const routes = (...all: readonly string[]): Address[] => all.map((text) => right(parseAddress(text)));
const request = (target: string, route: readonly Address[] = [], maxForwards = 70): SipRequest =>
  newRequest({
    method: 'INVITE',
    uri: uri(target),
    via: newVia('UDP', '192.0.2.1', 5060, 'z9hG4bK1'),
    from: address(uri('sip:a@x')),
    to: address(uri('sip:b@x')),
    callId: 'c',
    sequence: 1,
    route,
    maxForwards,
  });

describe('the topmost Via of a request', () => {
  const marked = (text: string, source = { address: '192.0.2.9', port: 1_024 }): string =>
    printVia(markSource(request('sip:b@x').with(request('sip:b@x').headers.with(header.via, via(text))), source).via);

  test('gets the address that it came from where that is another one (§18.2.1)', () => {
    expect([
      marked('SIP/2.0/UDP host.example.com;branch=x'),
      marked('SIP/2.0/UDP 192.0.2.9;branch=x'),
      marked('SIP/2.0/TCP [2001:db8:0::1]', { address: '2001:db8::1', port: 1 }),
    ]).toEqual([
      'SIP/2.0/UDP host.example.com;branch=x;received=192.0.2.9',
      'SIP/2.0/UDP 192.0.2.9;branch=x',
      'SIP/2.0/TCP [2001:db8:0::1]',
    ]);
  });

  test('gets address and port where it asks for them (RFC 3581 §4)', () => {
    expect([
      marked('SIP/2.0/UDP 192.0.2.9;rport;branch=x'),
      marked('SIP/2.0/UDP 10.1.1.1:5060;branch=x;rport'),
    ]).toEqual([
      'SIP/2.0/UDP 192.0.2.9;rport=1024;branch=x;received=192.0.2.9',
      'SIP/2.0/UDP 10.1.1.1:5060;branch=x;rport=1024;received=192.0.2.9',
    ]);
  });

  test('leaves the Vias below it alone', () => {
    const parsed = parseMessage(torture('mult-ip-in-header'));
    if (parsed.kind !== 'request') throw new Error('no request');
    const vias = right(markSource(parsed, { address: '192.0.2.9', port: 9 }).headers.all(header.via));
    expect(vias.map(printVia).slice(1)).toEqual([
      'SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKjhja8781hjuaij65144',
      'SIP/2.0/TCP [2001:db8::9:255];branch=z9hG4bK451jj;received=192.0.2.200',
    ]);
  });

  test.each([
    ['SIP/2.0/UDP 192.0.2.1', '192.0.2.1', 5060],
    ['SIP/2.0/TLS host.example.com', 'host.example.com', 5061],
    ['SIP/2.0/UDP host:5070;received=192.0.2.9', '192.0.2.9', 5070],
    ['SIP/2.0/UDP host:5070;received=192.0.2.9;rport=1024', '192.0.2.9', 1024],
    ['SIP/2.0/UDP host:5070;received=192.0.2.9;rport=99999', '192.0.2.9', 5070],
    ['SIP/2.0/UDP host;received=2001:db8::9;rport=7', '[2001:db8::9]', 7],
    ['SIP/2.0/UDP host;received=[2001:db8::9];rport=7', '[2001:db8::9]', 7],
    ['SIP/2.0/UDP host:5070;maddr=224.0.1.75;received=192.0.2.9;rport=1', '224.0.1.75', 5070],
  ])('%s is answered at %s:%i (§18.2.2)', (text, host, port) =>
    expect(responseTarget(via(text))).toEqual({ host, port }),
  );
});

describe('a proxy', () => {
  const isOurs = ({ host }: SipUri): boolean => host === 'ours';
  const shown = (result: SipRequest | Fault | string): unknown =>
    result instanceof Fault || typeof result === 'string'
      ? result
      : [printUri(result.uri), ...right(result.headers.all(header.route)).map(printAddress)];

  test('takes its own Route off, once', () => {
    expect(shown(ownRouteTaken(request('sip:b@x', routes('<sip:ours;lr>', '<sip:next;lr>')), isOurs))).toEqual([
      'sip:b@x',
      '<sip:next;lr>',
    ]);
    expect(shown(ownRouteTaken(request('sip:b@x', routes('<sip:next;lr>', '<sip:ours;lr>')), isOurs))).toEqual([
      'sip:b@x',
      '<sip:next;lr>',
      '<sip:ours;lr>',
    ]);
  });

  test('brings back the Request-URI that a strict router replaced (§16.4)', () => {
    expect(shown(ownRouteTaken(request('sip:ours;lr', routes('<sip:next;lr>', '<sip:b@y>')), isOurs))).toEqual([
      'sip:b@y',
      '<sip:next;lr>',
    ]);
    expect(shown(ownRouteTaken(request('sip:b@ours', routes('<sip:next;lr>')), isOurs))).toEqual([
      'sip:b@ours',
      '<sip:next;lr>',
    ]);
  });

  test('counts down, records itself, and puts its Via on top (§16.6)', () => {
    const next = forwarded(request('sip:b@x', [], 2), {
      via: newVia('TCP', 'ours', 5060, 'z9hG4bK2'),
      target: uri('sip:b@192.0.2.5'),
      recordRoute: sipUri({ host: 'ours' }),
    });
    if (next === 'too many hops') throw new Error(next);
    const { headers, uri: target } = right(next);
    expect([
      printUri(target),
      headers.one(header.maxForwards),
      right(headers.all(header.via)).map(({ host }) => host),
      right(headers.all(header.recordRoute)).map(printAddress),
    ]).toEqual(['sip:b@192.0.2.5', 1, ['ours', '192.0.2.1'], ['<sip:ours;lr>']]);
  });

  test('sends on no request without hops left, and gives 70 to one that does not say', () => {
    const own = { via: newVia('UDP', 'ours', 5060, 'z9hG4bK2') };
    expect(forwarded(request('sip:b@x', [], 0), own)).toBe('too many hops');
    const silent = request('sip:b@x');
    const next = forwarded(silent.with(silent.headers.without(header.maxForwards)), own);
    expect(next !== 'too many hops' && right(next).headers.one(header.maxForwards)).toBe(70);
  });

  test('gives a strict router itself in the Request-URI, and the target last (§16.6 step 6)', () => {
    const next = forwarded(request('sip:b@x', routes('<sip:strict>', '<sip:next;lr>')), {
      via: newVia('UDP', 'ours', 5060, 'z9hG4bK2'),
    });
    expect(shown(next)).toEqual(['sip:strict', '<sip:next;lr>', '<sip:b@x>']);
  });

  test('goes to the first of the route, or the target itself', () => {
    expect(
      [nextHop(request('sip:b@x', routes('<sip:r;lr>'))), nextHop(request('sip:b@x'))].map((hop) =>
        printUri(right(hop)),
      ),
    ).toEqual(['sip:r;lr', 'sip:b@x']);
  });

  test('knows a request that came through it before', () => {
    expect([
      hasLooped(request('sip:b@x'), ({ host }) => host === '192.0.2.1'),
      hasLooped(request('sip:b@x'), ({ host }) => host === 'ours'),
    ]).toEqual([true, false]);
  });
});
