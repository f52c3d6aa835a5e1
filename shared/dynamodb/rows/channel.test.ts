import { beforeEach, expect, test } from 'vitest';
import { testStore } from '#test/support/store.fixture.ts';
import type { Channel } from '../../telephony/call.ts';
import { commit } from '../commit.ts';
import { tableFor } from '../table.ts';
import { AppError } from '../../errors.ts';
import {
  channelRow,
  channelsInUse,
  channelWrites,
  readIdleSince,
  withoutCalls,
  type ChannelLimits,
} from './channel.ts';

const trunk: Channel = { kind: 'trunk', id: 'trunk_1', direction: 'outbound' };
const incoming: Channel = { ...trunk, direction: 'inbound' };
let organization = 5_000;
const running = testStore();
beforeEach(() => {
  organization += 1;
});

const take = async (before: readonly Channel[], after: readonly Channel[], limits?: ChannelLimits) =>
  commit(running.store, organization, channelWrites(before, after, limits));
const inUse = async () => channelsInUse(await tableFor<'channel'>(running.store, organization).get(channelRow, trunk));

test('a resource that never had a call has no channels in use', async () => {
  expect(await inUse()).toEqual({ total: 0, inbound: 0, outbound: 0 });
});

test('channels are counted by direction, and given back', async () => {
  await take([], [trunk, trunk, incoming]);
  expect(await inUse()).toEqual({ total: 3, inbound: 1, outbound: 2 });
  await take([trunk, trunk, incoming], [incoming]);
  expect(await inUse()).toEqual({ total: 1, inbound: 1, outbound: 0 });
});

test('channels that a change keeps are not written', () => {
  expect(channelWrites([trunk], [trunk])).toEqual([]);
});

test.each([
  ['both directions', { total: 2 }],
  ['its direction', { outbound: 2 }],
])('a call beyond the limit of %s is rejected, and counts nothing', async (_, limit) => {
  const limits = { 'trunk/trunk_1': limit };
  await take([], [trunk], limits);
  await take([], [trunk], limits);
  await expect(take([], [trunk], limits)).rejects.toMatchObject({
    code: 'CALL_LIMIT',
    facts: { reason: 'CALL_LIMIT' },
  });
  expect(await inUse()).toMatchObject({ total: 2, outbound: 2 });
});

test('a limit of the other direction does not matter', async () => {
  await take([], [trunk], { 'trunk/trunk_1': { inbound: 0 } });
  expect(await inUse()).toMatchObject({ outbound: 1 });
});

test('a limit of 0 rejects the first call, too', () => {
  expect(() => channelWrites([], [trunk], { 'trunk/trunk_1': { total: 0 } })).toThrow('the limit of trunk/trunk_1');
});

test('a call with two channels of a trunk needs room for both', async () => {
  await expect(take([], [trunk, incoming], { 'trunk/trunk_1': { total: 1 } })).rejects.toMatchObject({
    code: 'CALL_LIMIT',
  });
});

test('a lower limit cuts no call, and giving back is never limited', async () => {
  await take([], [trunk, trunk, trunk]);
  await take([trunk], [], { 'trunk/trunk_1': { total: 1 } });
  expect(await inUse()).toMatchObject({ total: 2 });
});

test('what must have no calls waits until the last one has ended', async () => {
  const busy = new AppError('CALL_LIMIT', 'The trunk has active calls');
  const check = () => commit(running.store, organization, [withoutCalls(trunk, busy)]);
  await check();
  await take([], [trunk]);
  await expect(check()).rejects.toBe(busy);
  await take([trunk], []);
  await check();
});

test('64 callers at once never exceed a limit, and use all of it', async () => {
  const limits = { 'trunk/trunk_1': { total: 10 } };
  const outcomes = await Promise.allSettled(Array.from({ length: 64 }, () => take([], [trunk], limits)));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
  expect(await inUse()).toMatchObject({ total: 10 });
});

test('a phone is idle since its last call ended, and a trunk notes none', async () => {
  const table = tableFor<'channel'>(running.store, organization);
  const phone = { kind: 'device', id: 'dev_1', direction: 'inbound' } as const;
  expect(await readIdleSince(table, phone)).toBe(0);
  const ended = new Date('2026-11-25T10:00:00.000Z');
  await take([], [phone, phone, trunk]);
  await commit(running.store, organization, channelWrites([phone, phone, trunk], [phone], {}, ended));
  expect(await readIdleSince(table, phone)).toBe(Infinity);
  const later = new Date('2026-11-25T10:05:00.000Z');
  await commit(running.store, organization, channelWrites([phone], [], {}, later));
  expect(await readIdleSince(table, phone)).toBe(later.getTime());
  expect(await table.get(channelRow, trunk)).not.toHaveProperty('last_ended');
});
