import { expect, test } from 'vitest';
import type { BindingItem } from '../../telephony/rows/binding.ts';
import { OwnedBindings, type Owned } from './owned-bindings.ts';

const start = Date.parse('2026-11-20T10:00:00.000Z');
const at = (seconds: number): Date => new Date(start + seconds * 1_000);
const owned = (key: string, seconds: number, device = 'dev_1'): Owned => ({
  organization: 1_001,
  binding: {
    sip_username: 'u',
    contact_key: key,
    contact: 'sip:u@192.0.2.1',
    device_id: device,
    line_number: 1,
    owner: 'task_1',
    owner_address: '',
    flow: { transport: 'udp', remote: { address: '192.0.2.1', port: 1 }, local: { address: '10.0.0.1', port: 1 } },
    registered_at: at(0).toISOString(),
    refreshed_at: at(0).toISOString(),
    expires_at: at(seconds).toISOString(),
    call_id: 'c',
    cseq: 1,
    user_agent: null,
    q: 1,
  } satisfies BindingItem,
});
const keysOf = (bindings: readonly Owned[]): string[] => bindings.map(({ binding }) => binding.contact_key);

test('a binding is found by its key and by its device', () => {
  const bindings = new OwnedBindings();
  bindings.set(owned('a', 60));
  bindings.set(owned('b', 60));
  bindings.set(owned('c', 60, 'dev_2'));
  expect([bindings.get('a')?.binding.contact_key, keysOf(bindings.ofDevice('dev_1')), bindings.size]).toEqual([
    'a',
    ['a', 'b'],
    3,
  ]);
});

test('a deleted binding is in no index', () => {
  const bindings = new OwnedBindings();
  bindings.set(owned('a', 60));
  bindings.delete('a');
  expect([bindings.get('a'), bindings.ofDevice('dev_1'), bindings.findExpired(at(61)), bindings.size]).toEqual([
    undefined,
    [],
    [],
    0,
  ]);
});

test('a binding expires within a second of its time, not before', () => {
  const bindings = new OwnedBindings();
  bindings.set(owned('a', 60));
  bindings.set(owned('b', 60.5));
  expect([59, 60, 61].map((seconds) => keysOf(bindings.findExpired(at(seconds))))).toEqual([[], ['a'], ['a', 'b']]);
});

test('a refreshed binding expires at its new time only', () => {
  const bindings = new OwnedBindings();
  bindings.set(owned('a', 60));
  bindings.set(owned('a', 120));
  expect([keysOf(bindings.findExpired(at(60))), keysOf(bindings.findExpired(at(120)))]).toEqual([[], ['a']]);
});

test('no expiry is missed between two calls', () => {
  const bindings = new OwnedBindings();
  bindings.findExpired(at(0));
  for (const seconds of [10, 20, 30]) bindings.set(owned(`k${seconds}`, seconds));
  expect(keysOf(bindings.findExpired(at(30)))).toEqual(['k10', 'k20', 'k30']);
});
