import { expect, test } from 'vitest';
import { organizationOf } from '#test/support/people.fixture.ts';
import { callFacts } from '../call/calls.fixture.ts';
import { forwardReservation, transferReservation, type LimitedSide } from '../call/limits.ts';
import { newRecord } from '../call/record.ts';
import { CallCharges } from './charges.ts';

const call = newRecord(callFacts(), new Date('2026-11-22T10:00:00.000Z'));

const sideOf = (reservation: string, isReserved = true): LimitedSide => ({
  side: 'destination',
  reservation,
  limit: { seconds: 60, isReserved },
  from: 0,
});

/** The charges of a call without parties that a CDR charges, and what they did. */
function newCharges({ isLost = false, isFailing = false } = {}) {
  const log: string[] = [];
  const faults: unknown[] = [];
  const charges = new CallCharges(
    {
      decider: {
        renew: async (_organization, reservation) => (reservation === call.id ? 90 : null),
        release: async (_organization, reservation) => {
          if (isFailing) throw new Error('no store');
          log.push(`release ${reservation}`);
        },
      },
      cdrs: { send: async ({ id }) => void log.push(`CDRs of ${id}`) },
    },
    {
      organization: organizationOf(1_001),
      writer: { call, isLost, settled: async () => void log.push('written') },
      fault: (error) => void faults.push(error),
    },
  );
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  return { charges, log, faults, settled };
}

const transfer = transferReservation(call.id, 1);
const forward = forwardReservation(call.id, 1);

test('a party that leaves has its CDR when its end is written, and what no CDR ends is given back', async () => {
  const { charges, log, settled } = newCharges();
  charges.onLeft([sideOf(call.id), sideOf(transfer), sideOf(forward, false)]);
  await settled();
  expect(log).toEqual(['written', `CDRs of ${call.id}`, `release ${transfer}`]);
});

test('of a call that another task has, nothing is charged here', async () => {
  const { charges, log, settled } = newCharges({ isLost: true });
  charges.onLeft([sideOf(transfer)]);
  await settled();
  expect(log).toEqual(['written']);
});

test('a forward that is not made gives its reservation back; the CDR of the call ends its own', async () => {
  const { charges, log, settled } = newCharges();
  charges.release(forward);
  charges.release(call.id);
  await settled();
  expect(log).toEqual([`release ${forward}`]);
});

test('a reservation that cannot be given back is a fault, and the call goes on', async () => {
  const { charges, faults, settled } = newCharges({ isFailing: true });
  charges.release(forward);
  charges.onLeft([sideOf(transfer)]);
  await settled();
  expect(faults).toHaveLength(2);
});

test('the reservations of both sides are renewed: one that is not leaves the limit as it was', async () => {
  const { charges } = newCharges();
  expect(await charges.renew([sideOf(call.id)])).toBe(90);
  expect(await charges.renew([sideOf(call.id), sideOf(transfer)])).toBe(null);
});
