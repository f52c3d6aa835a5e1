import { expect, test } from 'vitest';
import { RingGroup } from '#telephony/ring-group.ts';
import { noParty } from '../call/record.ts';
import { RingGroups, roundsOf } from './ring-groups.ts';
import type { Target } from './target.ts';
import { sipUri } from '#sip/uri.ts';

const organization = 1_001;

const phone = (name: string): Target => ({
  party: { ...noParty, kind: 'device', target: name },
  uri: sipUri({ user: name, host: 'example.com' }),
  to: { kind: 'application', start: () => expect.fail('not expected') },
  trust: 'phone',
  callerNumber: null,
  channels: [{ kind: 'device', id: name, direction: 'inbound' }],
  limits: {},
});

/** Who rings for a group, in turn. @param busy phones in a call */
async function ringingOf(
  groups: Readonly<Record<string, object>>,
  id = 'rgrp_1',
  busy: readonly string[] = [],
  idle: Readonly<Record<string, number>> = {},
) {
  const ringing = await new RingGroups({
    directory: {
      ringGroup: async (_organization, wanted) => {
        const group = groups[wanted];
        return group === undefined ? undefined : RingGroup.parse(group);
      },
      isInCall: async (_organization, channels) => channels.some((channel) => busy.includes(channel.id)),
      idleSince: async (_organization, channel) => idle[channel.id] ?? 0,
    },
    random: () => 0,
    phonesOf: async (_organization, party) => [phone('user' in party ? party.user : party.device)],
  }).ringing(organization, id);
  return ringing?.stages.map(({ phones, numbers }) => [...phones.map(({ party }) => party.target), ...numbers]);
}

test('members ring with their time, their delay and the prefix', async () => {
  const group = { members: [{ user: 'ann', delay_seconds: 5 }], ring_seconds: 15, caller_name_prefix: 'Sales:' };
  const ringing = await new RingGroups({
    directory: { ringGroup: async () => RingGroup.parse(group), isInCall: async () => false, idleSince: async () => 0 },
    random: () => 0,
    phonesOf: async () => [phone('ann')],
  }).ringing(organization, 'rgrp_1');
  expect(ringing).toMatchObject({
    stages: [{ phones: [{ member: { delay: 5_000, ringTime: 10_000, namePrefix: 'Sales:' } }], numbers: [] }],
    ringTime: 15_000,
    next: null,
  });
});

test('the members of a group ring in its place, each group once', async () => {
  const groups = {
    rgrp_1: { members: [{ user: 'ann' }, { ring_group: 'rgrp_2', priority: 2 }, { device: 'dev_1', priority: 3 }] },
    rgrp_2: {
      members: [{ user: 'bob', priority: 7 }, { ring_group: 'rgrp_1' }, { ring_group: 'rgrp_3' }, { user: 'cem' }],
    },
  };
  expect(await ringingOf(groups)).toEqual([['ann'], ['bob', 'cem'], ['dev_1']]);
});

test('phones in a call do not ring where a group skips them', async () => {
  const members = [{ user: 'ann' }, { user: 'bob' }];
  const groups = { rgrp_1: { members, skip_busy: true }, rgrp_2: { members } };
  expect(await ringingOf(groups, 'rgrp_1', ['ann'])).toEqual([['bob']]);
  expect(await ringingOf(groups, 'rgrp_2', ['ann'])).toEqual([['ann', 'bob']]);
});

test('50 members ring at most', async () => {
  const many = (prefix: string) => Array.from({ length: 50 }, (_each, at) => ({ user: `${prefix}${at}` }));
  const groups = {
    rgrp_1: { members: [{ ring_group: 'rgrp_2' }, { ring_group: 'rgrp_3' }] },
    ...{ rgrp_2: { members: many('a') }, rgrp_3: { members: many('b') } },
  };
  expect((await ringingOf(groups))?.flat()).toHaveLength(50);
});

test('a group that does not exist does not ring', async () => {
  expect(await ringingOf({})).toBeUndefined();
});

test('those without a call for the longest time ring first, those in a call and numbers outside last', async () => {
  const members = ['out', 'ann', 'bob', 'new', 'cem'].map((user) =>
    user === 'out' ? { number: '+46701234567' } : { user },
  );
  const groups = { rgrp_1: { members, strategy: 'longest_idle' } };
  const idle = { ann: Infinity, bob: 2_000, cem: 1_000 };
  expect(await ringingOf(groups, 'rgrp_1', [], idle)).toEqual([['new'], ['cem'], ['bob'], ['+46701234567'], ['ann']]);
  const urgent = { rgrp_1: { members: [...members, { user: 'dee', priority: 2 }], strategy: 'longest_idle' } };
  expect((await ringingOf(urgent))?.at(-1)).toEqual(['dee']);
});

test('numbers outside ring after the phones of their stage, and stages without numbers are one search', async () => {
  const members = [
    ...[{ user: 'ann' }, { number: '+46701234567' }, { user: 'bob' }],
    ...[
      { user: 'cem', priority: 2 },
      { user: 'dee', priority: 3 },
    ],
  ];
  expect(await ringingOf({ rgrp_1: { members } })).toEqual([['ann', 'bob', '+46701234567'], ['cem'], ['dee']]);
  const stages = [
    { phones: [phone('ann')], numbers: [] },
    { phones: [phone('bob')], numbers: ['1234567'] },
    { phones: [phone('cem')], numbers: [] },
    { phones: [phone('dee')], numbers: [] },
  ];
  const rounds = roundsOf({ stages, ringTime: 20_000, next: null });
  expect(rounds.map(({ attempts, numbers }) => [attempts.length, numbers])).toEqual([
    [2, ['1234567']],
    [2, []],
  ]);
});
