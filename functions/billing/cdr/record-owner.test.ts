import { expect, test } from 'vitest';
import { filedCdr } from './filed-cdr.fixture.ts';
import { namesOrganization, ownerCluesOf, ownerOf, type OwnerClues } from './record-owner.ts';

const unknown: OwnerClues = { trunk_id: null, device_id: null, user_id: null, number: null };
const own = { trunks: new Set(['trunk_1']), devices: new Set(['dev_1']), users: new Set(['usr_1']) };
const holders = new Map([['+14155551234', 1002]]);
const owner = (clues: Partial<OwnerClues>): number => ownerOf({ ...unknown, ...clues }, 1001, own, holders);

test('a record belongs to the organization in reach that holds its own number', () => {
  expect(owner({ number: '+14155551234' })).toBe(1002);
});

test.each([{ trunk_id: 'trunk_1' }, { device_id: 'dev_1' }, { user_id: 'usr_1' }])(
  "a record with the caller's own %o is the caller's, whoever holds its number",
  (clues) => {
    expect(owner({ number: '+14155551234', ...clues })).toBe(1001);
  },
);

test('trunks, devices and users of others, and ids of another kind, say nothing', () => {
  expect(owner({ number: '+14155551234', trunk_id: 'dev_1', device_id: 'usr_1', user_id: 'trunk_1' })).toBe(1002);
  expect(owner({ trunk_id: 'trunk_2', device_id: 'dev_2', user_id: 'usr_2' })).toBe(1001);
});

test("any other record is the caller's", () => {
  expect(owner({})).toBe(1001);
  expect(owner({ number: '+14155550000' })).toBe(1001);
});

test('the own number calls if the call is outbound, and is called if it is inbound; internal calls have none', () => {
  const call = { ...filedCdr, caller: '(415) 555-1234', callee: '+442079460000' };
  expect(
    (['outbound', 'inbound', 'internal'] as const).map(
      (direction) => ownerCluesOf({ ...call, direction }, { country: 'US' }).number,
    ),
  ).toEqual(['+14155551234', '+442079460000', null]);
});

test('absent and null name no organization', () => {
  expect([{ org_id: 1001 }, { org_id: 'x' }, { org_id: null }, {}, null, 7].map(namesOrganization)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});
