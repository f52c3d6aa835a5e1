import { expect, test } from 'vitest';
import { cancelEvent, presentCancelled, setEvent, subject, subscribingEntity } from './subscription.ts';

test('there are lists of keys, and services of users, devices and lines', () => {
  expect(['blf', 'user', 'device', 'line'].map(subscribingEntity)).toEqual(['blf', 'user', 'device', 'line']);
  expect(() => subscribingEntity('org')).toThrow(expect.objectContaining({ code: 'INVALID_ENTITY_TYPE' }) as Error);
});

test('an event names the user, device or phone', () => {
  const named = [subject('blf', 'dev_1'), subject('blf', 'usr_1'), subject('line', 'phone-1')];
  expect(named).toEqual([
    { type: 'device', id: 'dev_1' },
    { type: 'user', id: 'usr_1' },
    { type: 'phone', id: 'phone-1' },
  ]);
});

test('an event of a change has what was before; that of an end what has ended', () => {
  const [before, after] = [{ id: 'sub_1' }, { id: 'sub_1' }];
  expect(setEvent('user', 'usr_1', undefined, after)).toEqual({
    entity: { type: 'user', id: 'usr_1' },
    description: 'Services of usr_1 set',
    fields: { subscription_id: 'sub_1' },
  });
  expect(setEvent('blf', 'usr_1', before, after)).toMatchObject({
    description: 'BLF list of usr_1 set',
    before,
    after,
  });
  const ended = [
    cancelEvent('blf', 'usr_1', after),
    cancelEvent('user', 'usr_1', after),
    cancelEvent('user', 'usr_1', after, 'pbx'),
  ];
  expect(ended.map(({ description }) => description)).toEqual([
    'BLF list of usr_1 cancelled',
    'All services of usr_1 cancelled',
    'pbx of usr_1 cancelled',
  ]);
  const now = new Date('2026-11-20T10:00:00.000Z');
  expect(presentCancelled(after, now)).toEqual({
    subscriptionId: 'sub_1',
    status: 'cancelled',
    cancelledAt: now.toISOString(),
  });
});
