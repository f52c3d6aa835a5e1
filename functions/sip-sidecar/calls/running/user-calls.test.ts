import { expect, test } from 'vitest';
import { organizationOf } from '#test/support/people.fixture.ts';
import { isBlockedBy } from '#telephony/call-handling.ts';
import { callFacts, phoneParty } from '../call/calls.fixture.ts';
import { newLeg, newRecord, noParty } from '../call/record.ts';
import type { HuntLeg } from '../call/hunt.ts';
import type { Target } from '../routing/target.ts';
import { callerNames, undecidedCall } from './user-calls.ts';

const now = new Date('2026-11-25T10:00:00.000Z');
const number = '+46701234567';
const unknown = { caller: null, called: null, asserted: null, diverter: null, billing: null };

/** A call of a trunk that may present no number but those of its organization, and has named another one. */
const ofTrunk = (privacy: boolean) =>
  newRecord(
    {
      ...callFacts({ direction: 'inbound', numbers: unknown, privacy }),
      legs: [
        newLeg('source', { ...noParty, kind: 'trunk', target: number, number }, now),
        newLeg('destination', phoneParty('202'), now),
      ],
    },
    now,
  );

test('a caller of a trunk is known by the number that it names, unless it withholds it', () => {
  expect([callerNames(ofTrunk(false)), callerNames(ofTrunk(true))]).toEqual([[number], []]);
});

test('a user blocks the number of a caller in any spelling', () => {
  const record = ofTrunk(false);
  const parties: object = { redirectionsOf: () => ({}), sideOfNew: () => 'destination', transferOf: () => undefined };
  const of: object = { record, organization: organizationOf(1_001), parties };
  const leg: object = { id: 'leg_1', target: {} };
  const { caller } = undecidedCall(of as Parameters<typeof undecidedCall>[0], leg as HuntLeg<Target>, () => 1);
  expect(['01146701234567', '46701234567', '46701234568'].map((entry) => isBlockedBy([entry], caller))).toEqual([
    ...[true, true, false],
  ]);
});
