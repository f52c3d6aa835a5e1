import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { EventItem } from '../dynamodb/rows/event.ts';
import { changesBetween, recorder, systemOrigin } from './event-record.ts';

describe('changes', () => {
  test('are the fields that differ, old and new', () => {
    expect(changesBetween({ name: 'a', port: 5060, host: 'x' }, { name: 'b', port: 5060, realm: 'r' })).toEqual({
      name: { old: 'a', new: 'b' },
      host: { old: 'x', new: null },
      realm: { old: null, new: 'r' },
    });
  });

  test('are null for a new resource, and all fields for a deleted one', () => {
    expect(changesBetween(undefined, { name: 'a' })).toBeNull();
    expect(changesBetween({ name: 'a' }, undefined)).toEqual({ name: { old: 'a', new: null } });
  });

  test('are compared by value, including amounts of money and the order of fields', () => {
    expect(
      changesBetween(
        { price: 5n, address: { city: 'x', street: 'y' } },
        { price: 5n, address: { street: 'y', city: 'x' } },
      ),
    ).toEqual({});
    expect(changesBetween({ price: 5n }, { price: 6n })).toEqual({ price: { old: 5n, new: 6n } });
    expect(changesBetween({ note: null }, {})).toEqual({});
  });

  test('do not include bookkeeping fields', () => {
    expect(
      changesBetween(
        { version: 1, updated_at: 'a', session_epoch: 1, permission_epoch: 1 },
        { version: 2, updated_at: 'b', session_epoch: 2, permission_epoch: 2 },
      ),
    ).toEqual({});
  });
});

describe('a secret', () => {
  test.each(['password', 'sip_password', 'client_secret', 'token', 'page_key', 'password_hash', 'accessToken'])(
    'in %s is shown as ***',
    (name) => {
      expect(changesBetween({ [name]: 'old one' }, { [name]: 'new one' })).toEqual({
        [name]: { old: '***', new: '***' },
      });
      expect(changesBetween({}, { [name]: 'new one' })).toEqual({ [name]: { old: null, new: '***' } });
    },
  );

  test('is masked at any depth', () => {
    const names = fc.array(fc.constantFrom('settings', 'smtp', 'list'), { maxLength: 4 });
    fc.assert(
      fc.property(names, fc.constantFrom('password', 'api_secret'), fc.boolean(), (path, name, listed) => {
        const hidden = path.reduce<object>((inner, outer) => ({ [outer]: listed ? [inner] : inner }), {
          [name]: 'hunter2',
        });
        expect(
          JSON.stringify([changesBetween({ a: hidden }, {}), changesBetween({ a: 1 }, { a: hidden })]),
        ).not.toContain('hunter2');
      }),
    );
  });
});

test('an event is written with its change: actor, resource, time, and pending for its consumers', () => {
  const write = recorder({
    origin: systemOrigin,
    organization: 1001,
    now: new Date('2026-11-20T12:00:00Z'),
    nextId: (prefix) => `${prefix}_1`,
  })('trunk.updated', {
    entity: { type: 'trunk', id: 'trunk_1' },
    description: 'changed',
    before: { name: 'a' },
    after: { name: 'b' },
    fields: { forced: true },
  });
  expect(write.effect).toBe('event:trunk.updated');
  const item = unmarshall(write.render('table', 1001, 0).Put!.Item!);
  expect(item).toMatchObject({
    PK: 'event#1001',
    GSI1PK: 'event#1001#trunk/trunk_1',
    type: 'trunk.updated',
    at: '2026-11-20T12:00:00.000Z',
    severity: 'info',
    pending: true,
    actor: systemOrigin.actor,
    changes: { name: { old: 'a', new: 'b' } },
    data: { forced: true },
  } satisfies Partial<EventItem> & Record<string, unknown>);
  expect(item['GSI2PK']).toMatch(/^event#pending#[0-7]$/);
  expect(item).not.toHaveProperty('ttl');
});

test('an event with a callback keeps its URL; any other has no such field', () => {
  const record = recorder({ origin: systemOrigin, organization: 1001, now: new Date(0), nextId: (prefix) => prefix });
  const details = { entity: { type: 'sms', id: 'msg_1' }, description: 'sent' };
  const stored = (callback_url?: string) =>
    unmarshall(record('sms.sent', { ...details, callback_url }).render('table', 1001, 0).Put!.Item!);
  expect(stored('https://example.com/sms')).toMatchObject({ callback_url: 'https://example.com/sms' });
  expect(stored()).not.toHaveProperty('callback_url');
});
