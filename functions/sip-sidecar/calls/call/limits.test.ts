import { expect, test } from 'vitest';
import {
  endsByCdr,
  forwardReservation,
  limitOfSides,
  placedSides,
  renewSides,
  replaceSide,
  routedSide,
  settledLegs,
  sourceReservation,
  transferReservation,
} from './limits.ts';
import { answerParty, endForward, endRecord, leaveSide, newLeg, newRecord, withNewLeg } from './record.ts';
import { callFacts, gatewayParty, phoneParty } from './calls.fixture.ts';
import { causeNamed } from './causes.ts';
import type { LegParty } from './record.ts';

const free = { seconds: null, isReserved: false };
const reserved = (seconds: number) => ({ seconds, isReserved: true });
const limited = (seconds: number) => ({ seconds, isReserved: false });

test.each([
  { of: 'neither side', source: free, destination: free, seconds: null, isReserved: false },
  { of: 'the destination', source: free, destination: reserved(100), seconds: 100, isReserved: true },
  {
    of: 'the source, which the ringing shortens',
    source: reserved(100),
    destination: free,
    seconds: 70,
    isReserved: true,
  },
  { of: 'the shorter side', source: limited(90), destination: reserved(100), seconds: 60, isReserved: true },
  { of: 'a side that ends in the ringing', source: reserved(20), destination: free, seconds: 0, isReserved: true },
])('the limit of a call is that of $of', ({ source, destination, ...limit }) => {
  expect(limitOfSides(placedSides('c', { source, destination }, 30))).toMatchObject({
    seconds: limit.seconds,
    isReserved: limit.isReserved,
  });
});

const renewed =
  (seconds: Readonly<Record<string, number>>) =>
  async (reservation: string): Promise<number | null> =>
    seconds[reservation] ?? null;

test('both reservations are renewed, and the shorter one limits the call', async () => {
  const sides = placedSides('c', { source: reserved(100), destination: reserved(100) }, 30);
  expect(await renewSides(sides, renewed({ c: 500, [sourceReservation('c')]: 400 }))).toBe(370);
});

test('a renewed side does not pass the limit of the other', async () => {
  const sides = placedSides('c', { source: limited(90), destination: reserved(50) }, 30);
  expect(await renewSides(sides, renewed({ c: 500 }))).toBe(60);
});

test('without one of the reservations the call does not become longer', async () => {
  const sides = placedSides('c', { source: reserved(100), destination: reserved(100) }, 30);
  expect(await renewSides(sides, renewed({ c: 500 }))).toBeNull();
});

test('a party to which the call is transferred limits it from its decision on, and the one before no more', () => {
  const sides = placedSides('c', { source: free, destination: reserved(60) }, 30);
  const by = { side: 'destination', reservation: transferReservation('c', 1), limit: reserved(100), from: 40 } as const;
  expect(limitOfSides(replaceSide(sides, by))).toEqual({ seconds: 140, isReserved: true });
  expect(limitOfSides(replaceSide(sides, { ...by, limit: free }))).toEqual({ seconds: null, isReserved: false });
});

test('the CDRs of a call end the reservations of its sides', () => {
  const at = new Date('2026-11-22T10:00:00.000Z');
  const legs = [
    { ...newLeg('source', gatewayParty('gw_1'), at), is_reserved: true as const },
    newLeg('destination', gatewayParty('gw_2'), at),
  ];
  const facts = callFacts({ began_by: 'api', direction: 'outbound', legs, reserved_until: at.toISOString() });
  const end = { ...causeNamed('NORMAL_CLEARING'), sip_code: null, by: 'caller' } as const;
  const record = endRecord(newRecord(facts, at), end, at);
  const ended = settledLegs(record);
  expect(ended).toMatchObject([
    { reservation: facts.id, gateway: 'gw_2', cdr: { leg: 'a' } },
    { reservation: sourceReservation(facts.id), gateway: 'gw_1', cdr: { leg: 'b' } },
  ]);
  expect(ended.map(({ reservation }) => endsByCdr(reservation, record))).toEqual([true, true]);
  const unreserved = newRecord(callFacts({ direction: 'outbound', legs: legs.slice(1) }), at);
  expect(settledLegs(endRecord(unreserved, end, at))).toEqual([]);
});

test('the CDR of the party of a transfer ends its reservation, and no CDR that of a phone', () => {
  const at = new Date('2026-11-22T10:00:00.000Z');
  const later = new Date('2026-11-22T10:00:30.000Z');
  const legs = [
    newLeg('source', phoneParty('201'), at),
    { ...newLeg('destination', phoneParty('202'), at), status: 'hangup' as const },
  ];
  const up = newRecord(callFacts({ direction: 'internal', legs }), at);
  const left = (transfer: number, party: LegParty) => {
    const joined = withNewLeg(up, 'destination', { ...party, transfer, is_reserved: true }, at);
    return leaveSide(answerParty(joined, { role: 'destination', party }, at), 'destination', false, later);
  };
  const [over, to] = [left(3, gatewayParty('gw_1')), left(4, phoneParty('203'))];
  expect(settledLegs(over)).toEqual([
    { reservation: transferReservation(up.id, 3), gateway: 'gw_1', cdr: expect.objectContaining({ leg: 't3' }) },
  ]);
  expect(endsByCdr(transferReservation(up.id, 3), over)).toBe(true);
  expect(settledLegs(to)).toMatchObject([{ reservation: transferReservation(up.id, 4), cdr: undefined }]);
  expect(endsByCdr(transferReservation(up.id, 4), to)).toBe(false);
});

test('the CDR of a forward ends its reservation, but not while no one has answered it and the call goes on', () => {
  const at = new Date('2026-11-22T10:00:00.000Z');
  const legs = [newLeg('source', phoneParty('201'), at), newLeg('destination', phoneParty('202'), at)];
  const up = newRecord(callFacts({ direction: 'internal', legs }), at);
  const forward = { number: 2, user_id: 'usr_1', caller: '+46890510' };
  const party = gatewayParty('gw_1');
  const called = withNewLeg(up, 'destination', { ...party, forward, is_reserved: true }, at);
  const reservation = forwardReservation(up.id, 2);
  const failed = endForward(called, 2, { status: 486, q850: 17 }, at);
  const answered = answerParty(called, { role: 'destination', party, forward: 2 }, at);
  const end = { ...causeNamed('NORMAL_CLEARING'), sip_code: null, by: 'caller' } as const;
  const all = [called, failed, answered, leaveSide(answered, 'destination', false, at), endRecord(answered, end, at)];
  expect(all.map((call) => endsByCdr(reservation, call))).toEqual([false, false, false, true, true]);
  expect(settledLegs(endRecord(failed, end, at))).toMatchObject([
    { reservation, gateway: 'gw_1', cdr: { leg: 'f2', disposition: 'BUSY' } },
  ]);
});

test('the limit of an inbound call stays when its callee is replaced, that of an outbound call goes', () => {
  const limit = { seconds: 29, isReserved: true };
  const replacement = { side: 'destination', reservation: 'call_1/transfer-1', from: 5 } as const;
  const after = (direction: 'inbound' | 'outbound') =>
    limitOfSides(
      replaceSide([routedSide('call_1', { direction, limit })], {
        ...replacement,
        limit: { seconds: 100, isReserved: false },
      }),
    );
  expect([after('inbound'), after('outbound')]).toEqual([limit, { seconds: 105, isReserved: false }]);
});
