import { expect, test } from 'vitest';
import { RingGroup } from '#telephony/ring-group.ts';
import { noParty } from '../call/record.ts';
import { RingGroups } from './ring-groups.ts';
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
async function ringingOf(groups: Readonly<Record<string, object>>, id = 'rgrp_1', busy: readonly string[] = []) {
  const ringing = await new RingGroups({
    directory: {
      ringGroup: async (_organization, wanted) => {
        const group = groups[wanted];
        return group === undefined ? undefined : RingGroup.parse(group);
      },
      isInCall: async (_organization, channels) => channels.some((channel) => busy.includes(channel.id)),
    },
    random: () => 0,
    phonesOf: async (_organization, party) => [phone('user' in party ? party.user : party.device)],
  }).ringing(organization, id);
  return ringing?.attempts.map((targets) => targets.map(({ party }) => party.target));
}

test('members ring with their time, their delay and the prefix', async () => {
  const group = { members: [{ user: 'ann', delay_seconds: 5 }], ring_seconds: 15, caller_name_prefix: 'Sales:' };
  const ringing = await new RingGroups({
    directory: { ringGroup: async () => RingGroup.parse(group), isInCall: async () => false },
    random: () => 0,
    phonesOf: async () => [phone('ann')],
  }).ringing(organization, 'rgrp_1');
  expect(ringing).toMatchObject({
    attempts: [[{ member: { delay: 5_000, ringTime: 10_000, namePrefix: 'Sales:' } }]],
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
