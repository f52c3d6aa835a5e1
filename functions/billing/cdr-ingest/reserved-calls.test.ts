import { describe, expect, test } from 'vitest';
import { money } from '#schema/money.ts';
import { sipService, type Reservation } from '../reservations/reservation.ts';
import type { CdrOrigin } from './cdr-message.ts';
import { callsToEnd, endedBy, endingItems } from './reserved-calls.ts';

const reservation = (call_id: string): Reservation => ({
  call_id,
  amount: money(40_000n),
  currency: 'USD',
  number: '+14155550100',
  seconds: 120,
  limit: null,
  at: '2026-11-20T12:00:00.000Z',
  expires_at: '2026-11-20T12:11:59.000Z',
});
const reserved = new Map(['one', 'two'].map((id) => [id, reservation(id)]));
const outbound = (call_id: string, leg = 'a', origin: CdrOrigin = 'tenant') =>
  ({ call_id, leg, origin, direction: 'outbound' }) as const;
const inbound = (call_id: string) => ({ ...outbound(call_id), direction: 'inbound' }) as const;
const internal = (call_id: string) => ({ ...outbound(call_id), direction: 'internal' }) as const;

test('only prepaid organizations have reservations to look for, of outbound calls, once each', () => {
  const cdrs = [outbound('one'), outbound('one'), inbound('two'), internal('three')];
  expect(callsToEnd({ accountType: 'prepaid' }, cdrs)).toEqual(['one']);
  expect(callsToEnd({ accountType: 'postpaid' }, cdrs)).toEqual([]);
  expect(callsToEnd(null, cdrs)).toEqual([]);
});

test('the outbound legs of a call end its reservation once; other legs do not', () => {
  expect(endedBy([outbound('one'), outbound('one'), outbound('three')], reserved)).toEqual([reservation('one')]);
  expect(endedBy([inbound('one'), internal('two')], reserved)).toEqual([]);
});

test('a CDR that ends a reservation adds an item to its transaction', () => {
  expect([outbound('one'), inbound('one'), outbound('three')].map((cdr) => endingItems(cdr, reserved))).toEqual([
    1, 0, 0,
  ]);
});

describe('calls that the SIP service carries', () => {
  const call = 'call_01K0000000000000000000000A';
  const main = { ...reservation(call), owner: sipService };
  const source = { ...reservation(`${call}/source`), owner: sipService };
  const carried = new Map([main, source].map((each) => [each.call_id, each]));

  test('the CDR of the service ends the reservation of its leg', () => {
    expect(callsToEnd({ accountType: 'prepaid' }, [outbound(call, 'b', 'platform')])).toEqual([call, `${call}/source`]);
    expect(endedBy([outbound(call, 'a', 'platform')], carried)).toEqual([main]);
    expect(endedBy([outbound(call, 'b', 'platform')], carried)).toEqual([source]);
    expect(endedBy([outbound(call, 't1', 'platform')], carried)).toEqual([]);
  });

  test('the CDR of an inbound call ends what it has reserved, and no reservation of an outbound call', () => {
    const ofInbound = { ...main, direction: 'inbound' as const };
    const cdr = { ...outbound(call, 'a', 'platform'), direction: 'inbound' } as const;
    expect(callsToEnd({ accountType: 'prepaid' }, [cdr, { ...cdr, leg: 'b' }, inbound(call)])).toEqual([call]);
    expect(endedBy([cdr], new Map([[call, ofInbound]]))).toEqual([ofInbound]);
    expect(endedBy([cdr], carried)).toEqual([]);
    const others = [outbound(call, 'a', 'platform'), inbound(call), { ...cdr, origin: 'seller' } as const];
    expect(endedBy(others, new Map([[call, ofInbound]]))).toEqual([]);
  });

  test('the CDR of the party of a transfer ends its reservation', () => {
    const transfers = [2, 12].map((count) => ({ ...reservation(`${call}/transfer-${count}`), owner: sipService }));
    const ofTransfers = new Map([main, ...transfers].map((each) => [each.call_id, each]));
    const cdr = outbound(call, 't12', 'platform');
    expect(callsToEnd({ accountType: 'prepaid' }, [cdr])).toEqual([call, `${call}/transfer-12`]);
    expect(endedBy([cdr], ofTransfers)).toEqual([transfers[1]]);
    for (const leg of ['t', 't0', 't1', 't02', 'x2', 'a']) {
      const others = endedBy([outbound(call, leg, 'platform')], ofTransfers);
      expect(others.filter((each) => each !== main)).toEqual([]);
    }
  });

  test('the CDR of the party of a forward ends its reservation, and not that of a transfer', () => {
    const [forward, transfer] = ['forward-1', 'transfer-1'].map((name) => ({
      ...reservation(`${call}/${name}`),
      owner: sipService,
    }));
    if (forward === undefined || transfer === undefined) throw new Error('there is no reservation');
    const both = new Map([main, forward, transfer].map((each) => [each.call_id, each]));
    const cdr = outbound(call, 'f1', 'platform');
    expect(callsToEnd({ accountType: 'prepaid' }, [cdr])).toEqual([call, `${call}/forward-1`]);
    expect(endedBy([cdr], both)).toEqual([forward]);
    expect(endedBy([outbound(call, 'f1', 'tenant'), outbound(call, 'f1', 'seller')], both)).toEqual([]);
  });

  test('no CDR that a tenant or its seller files ends one', () => {
    const filed = (['tenant', 'seller'] as const).flatMap((origin) => [
      ...['a', 'b', 't2', 'z'].map((leg) => outbound(call, leg, origin)),
      outbound(`${call}/source`, 'a', origin),
    ]);
    expect(endedBy(filed, carried)).toEqual([]);
  });

  test('those of an earlier version, which have no owner, are ended by the service alone, too', () => {
    const earlier = new Map([[call, reservation(call)]]);
    expect(endedBy([outbound(call)], earlier)).toEqual([]);
    expect(endedBy([outbound(call, 'a', 'platform')], earlier)).toEqual([reservation(call)]);
  });
});
