import { expect, test } from 'vitest';
import type { BindingItem } from '../../telephony/rows/binding.ts';
import type { NotifyCommand } from '#sidecar/command.ts';
import { newestLiveBinding, notifyRequest } from './notify.ts';

const at = new Date('2026-11-20T10:00:00.000Z');
const end = { address: '192.0.2.1', port: 5_060 };
const binding = (line: number, registered: string, expires = '11:00'): BindingItem => ({
  sip_username: `user-${line}`,
  contact_key: `${line}-${registered}`,
  contact: 'sip:user@192.0.2.1',
  device_id: 'dev_1',
  line_number: line,
  owner: 'task_1',
  owner_address: '',
  flow: { transport: 'udp', remote: end, local: end },
  registered_at: `2026-11-20T${registered}:00.000Z`,
  refreshed_at: `2026-11-20T${registered}:00.000Z`,
  expires_at: `2026-11-20T${expires}:00.000Z`,
  call_id: 'c',
  cseq: 1,
  user_agent: null,
  q: 1,
});
const command: NotifyCommand = {
  kind: 'notify',
  id: 'cmd_01KAFB5Q4S0000000000000000',
  organization: 1_001,
  device: 'dev_1',
  event: 'check-sync;reboot=true',
  timeout_seconds: 5,
};

const bindings = [binding(1, '08:00'), binding(2, '09:30'), binding(1, '09:00'), binding(2, '09:45', '10:00')];

test('the newest registration that has not expired is notified', () => {
  expect(newestLiveBinding(bindings, undefined, at)?.contact_key).toBe('2-09:30');
});

test('with a line, only its bindings count', () => {
  expect(newestLiveBinding(bindings, 1, at)?.contact_key).toBe('1-09:00');
  expect(newestLiveBinding(bindings, 3, at)).toBeUndefined();
});

test('a NOTIFY has the event unchanged and ends the subscription', () => {
  const { method, fields, timeout, ...more } = notifyRequest(command);
  expect([method, fields.map(({ name, value }) => `${name}: ${value}`), timeout, more]).toEqual([
    'NOTIFY',
    ['Event: check-sync;reboot=true', 'Subscription-State: terminated'],
    5_000,
    {},
  ]);
});

test('a body comes with its type', () => {
  const { fields, body } = notifyRequest({ ...command, content_type: 'text/plain', body: 'now' });
  expect([fields.at(-1)?.value, body]).toEqual(['text/plain', 'now']);
});
