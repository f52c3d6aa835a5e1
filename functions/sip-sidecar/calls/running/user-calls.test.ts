import { expect, test } from 'vitest';
import { callFacts, phoneParty } from '../call/calls.fixture.ts';
import { newLeg, newRecord, noParty } from '../call/record.ts';
import { callerNames } from './user-calls.ts';

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
