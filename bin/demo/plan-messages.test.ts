import { expect, test } from 'vitest';
import { fullSize, tenants, usersOf } from './plan.ts';
import { emailsOf, leftMessagesOf, reportsOf, smsLogOf, soundOf } from './plan-messages.ts';

const newest = Date.parse('2026-11-25T00:00:00Z');
const [tenant] = tenants;
if (tenant === undefined) throw new Error('there is no tenant');
const users = usersOf(tenant, fullSize);

test('messages are the same each time, before the newest, and of one caller each in a mailbox', () => {
  const left = leftMessagesOf(tenant, { users, newest });
  expect(leftMessagesOf(tenant, { users, newest })).toEqual(left);
  expect(new Set(left.map(({ mailbox, caller_number: number }) => `${mailbox} ${number}`)).size).toBe(9);
  expect(left.every(({ received_at: at }) => Date.parse(at) <= newest)).toBe(true);
});

test('the sound of a message has its length, and is not silent', () => {
  const sound = soundOf({ seconds: 3, pitch: 400 });
  expect(sound.length).toBe(44 + 3 * 8_000 * 2);
  const levels = Array.from({ length: 24_000 }, (_, at) => Math.abs(sound.readInt16LE(44 + at * 2)));
  expect(Math.max(...levels)).toBeGreaterThan(5_000);
});

test('the SMS log has each message once, in the days that it has', () => {
  const log = smsLogOf(tenant, { from: '+12125550200', newest, days: 10 }) as {
    readonly message_id: string;
    readonly timestamp: string;
  }[];
  expect(new Set(log.map((entry) => entry.message_id)).size).toBe(60);
  expect(log.every(({ timestamp }) => newest - Date.parse(timestamp) <= 10 * 86_400_000)).toBe(true);
});

test('each e-mail has a reference of its own', () => {
  const references = tenants.flatMap((each) => emailsOf(each, usersOf(each, fullSize)).map((email) => email.reference));
  expect(new Set(references).size).toBe(15);
});

test('the reports of a gateway are of the last day, oldest first', () => {
  const hours = reportsOf({ name: 'frankfurt', latency: 24 }).map((report) => report.hours);
  expect(hours).toEqual(hours.toSorted((one, other) => other - one));
  expect(Math.max(...hours)).toBeLessThan(24);
});
