import { expect, test } from 'vitest';
import { assignNumber, newInventoryNumber, quarantineNumber } from '../numbers/number.ts';
import { endQuarantine } from './quarantine.ts';

const now = '2026-11-20T10:00:00.000Z';
const end = '2026-12-20T10:00:00.000Z';
const assignment = { organization: 1_001, now };
const active = assignNumber(
  newInventoryNumber(
    { country: 'SE', type: 'mobile', capabilities: ['voice', 'sms'] },
    { id: 'num_1', number: '+46701234567', now },
  ),
  { label: 'Sales', capabilities: ['voice'], max_channels: 5, record: true, route: { type: 'user', id: 'usr_1' } },
  assignment,
);
const released = quarantineNumber(active, now);

test('a number is available after its quarantine, without holder and settings', () => {
  expect(released.quarantine_until).toBe(end);
  expect(endQuarantine(released, end)).toMatchObject({
    state: 'available',
    org_id: null,
    label: null,
    route: null,
    record: false,
    capabilities: ['voice', 'sms'],
    max_channels: null,
    activated_at: null,
    released_at: null,
    quarantine_until: null,
    version: released.version + 1,
  });
});

test('a number stays in quarantine until its end', () => {
  expect(endQuarantine(released, '2026-12-20T09:59:59.999Z')).toBeUndefined();
});

test('a number that was activated again stays with its holder', () => {
  expect(endQuarantine(assignNumber(released, {}, assignment), end)).toBeUndefined();
  expect(endQuarantine(active, end)).toBeUndefined();
});
