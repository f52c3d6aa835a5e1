import { expect, test } from 'vitest';
import { organizationOf } from '#test/support/people.fixture.ts';
import { trunkOf } from '#test/support/resources.fixture.ts';
import type { TrunkItem } from '#dynamodb/rows/trunk.ts';
import { BlockedCaller, blockOf } from '#telephony/blocked-caller.ts';
import type { Directory } from '../directory/directory.ts';
import { inviteTo } from '../entry/admission.fixture.ts';
import { blockableCaller, trunkCaller } from './caller.ts';

/** Where the caller of an INVITE of a trunk is read (`caller_source`). */

const own = '+12125550100';
const directory = {
  ownNumber: async (org_id: number, number: string) => (number === own ? { number, org_id } : undefined),
} as Partial<Directory> as Directory;

async function callerOf(lines: readonly string[], more: Partial<TrunkItem> = {}) {
  const request = inviteTo('202', lines);
  const { leg, number, isWithheld } = await trunkCaller(directory, organizationOf(1_001), {
    trunk: trunkOf(more),
    request,
  });
  return { named: leg.target, number, isWithheld };
}

const headers = [
  'From: "F" <sip:+12125550001@x>;tag=1',
  'P-Asserted-Identity: "A" <sip:+12125550002@x>',
  'P-Preferred-Identity: <sip:+12125550003@x>',
  'Remote-Party-ID: <sip:+12125550009@x>;party=called, "R" <sip:+12125550004@x>;party=calling;privacy=off',
];

test.each([
  [undefined, '+12125550002'],
  [['from'], '+12125550001'],
  [['p_preferred_identity', 'from'], '+12125550003'],
  [['remote_party_id'], '+12125550004'],
] as const)('the caller of a trunk that reads %j is %s', async (caller_source, named) => {
  expect(await callerOf(headers, caller_source === undefined ? {} : { caller_source })).toEqual({
    named,
    number: named,
    isWithheld: false,
  });
});

test('the next header is read if one is absent or malformed, and From last of all', async () => {
  const caller_source = ['remote_party_id', 'p_preferred_identity'] as const;
  const [from = '', , preferred = ''] = headers;
  expect((await callerOf([from, preferred, 'Remote-Party-ID: <<'], { caller_source })).named).toBe('+12125550003');
  expect((await callerOf([from], { caller_source })).named).toBe('+12125550001');
});

test('the identity that a peer asserts is not believed, wherever it is read', async () => {
  expect((await callerOf(headers, { type: 'peer', caller_source: ['p_asserted_identity'] })).named).toBe(
    '+12125550001',
  );
});

test('a PBX or peer has only numbers of its organization by any header', async () => {
  for (const type of ['pbx', 'peer'] as const)
    for (const [name, caller_source] of [
      ['P-Preferred-Identity', ['p_preferred_identity']],
      ['Remote-Party-ID', ['remote_party_id']],
    ] as const) {
      const numbers = await Promise.all(
        [own, '+12125550003'].map((number) => callerOf([`${name}: <sip:${number}@x>`], { type, caller_source })),
      );
      expect(numbers.map(({ number }) => number)).toEqual([own, null]);
    }
});

test.each([
  ['Privacy', ['Privacy: id'], ['p_preferred_identity']],
  ['From', ['From: <sip:anonymous@anonymous.invalid>;tag=1'], ['remote_party_id']],
  ['its own Privacy', ['Remote-Party-ID: <sip:+12125550004@x>;privacy=full'], ['remote_party_id']],
  ['an anonymous identity', ['P-Preferred-Identity: <sip:anonymous@anonymous.invalid>'], ['p_preferred_identity']],
] as const)('a caller is withheld by %s, whatever header names it', async (_, lines, caller_source) => {
  expect((await callerOf(lines, { caller_source })).isWithheld).toBe(true);
});

test('Privacy of a header that is not read does not count', async () => {
  expect((await callerOf(['Remote-Party-ID: <sip:+12125550004@x>;privacy=full'])).isWithheld).toBe(false);
});

test.each([
  ['+4930123456', '004930123456', true],
  ['+4930123456', '4930123456', true],
  ['+447400123456', '+4407400123456', true],
  ['+12125550001', '2125550001', true],
  ['+12125550001', '0001', false],
  ['+4930123456', '004930123457', false],
])('the caller %s is blocked by %s: %s', async (from, entry, isBlocked) => {
  const lines = [`From: <sip:${from}@x>;tag=1`];
  const request = inviteTo('202', lines);
  const caller = await trunkCaller(directory, organizationOf(1_001), { trunk: trunkOf({}), request });
  const blocked = BlockedCaller.parse({ id: 'block_1', caller: entry });
  expect(blockOf([blocked], blockableCaller(caller)) !== undefined).toBe(isBlocked);
});

test.each([
  [['Privacy: id'], true],
  [['Privacy: critical', 'Privacy: id'], true],
  [['Privacy: id, critical'], true],
  [['Privacy: HEADER; USER'], true],
  [['Privacy: none'], false],
  [[], false],
] as const)('the caller withholds its number by %j: %s', async (privacy, isWithheld) => {
  expect(await callerOf(['From: <sip:+12125550001@x>;tag=1', ...privacy])).toMatchObject({ isWithheld });
});
