import { expect, test } from 'vitest';
import { stepsFor } from './steps.ts';

const summary = {
  ...{ users: 1, customers: 0, devices: 0, online_devices: 0, phone_lines: 1, trunks: 0, gateways: 1, numbers: 0 },
  ...{ call_flows: 0, ring_groups: 0, calls_in_progress: 0, has_cdrs: false, balance: null },
  ...{ calls: null, attention: [] },
};
const scopes = ['users:write', 'calls:write', 'telephony:write', 'orgs:write'];
const keysOf = ({ steps }: ReturnType<typeof stepsFor>) => steps.map(({ key }) => key);

test('a person is shown the steps that it may take and see the outcome of', () => {
  const ofUsers = { ...summary, devices: null, phone_lines: null, has_cdrs: null };
  expect(keysOf(stepsFor({ scopes: ['users:write', 'calls:write'] }, false, summary))).toEqual(['user', 'call']);
  expect(keysOf(stepsFor({ scopes }, false, ofUsers))).toEqual(['user', 'trunk', 'number', 'flow']);
  expect(keysOf(stepsFor({ scopes }, true, summary))[0]).toBe('customer');
});

test('a step is done with one of what it makes, and that of users with one beside who signed in', () => {
  expect([...stepsFor({ scopes }, true, summary).done]).toEqual(['phone', 'trunk']);
  const grown = { ...summary, users: 2, customers: 1, numbers: 1, call_flows: 1, has_cdrs: true };
  expect(stepsFor({ scopes }, true, grown).done.size).toBe(7);
  const hidden = { ...summary, devices: null, phone_lines: 0 };
  expect(stepsFor({ scopes }, true, hidden).done).not.toContain('phone');
});
