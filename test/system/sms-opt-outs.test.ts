import { expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { newTenant, outcome, type Body } from './tenant.fixture.ts';

test('a number is opted out, listed and opted in again, and the event log has both', async () => {
  const { id, ask } = await newTenant();
  const listed = async () => ((await ask('GET', '/smsoptouts')).body as { data: Body[] }).data;
  expect(outcome(await ask('PUT', '/smsoptouts/%2B14155551234', { reason: 'by phone' }))).toBe('201');
  expect(outcome(await ask('PUT', '/smsoptouts/14155551234', { reason: 'by letter' }))).toBe('200');
  // An index follows its table.
  await eventually(async () =>
    expect(await listed()).toMatchObject([{ number: '+14155551234', state: 'opted_out', reason: 'by letter' }]),
  );
  expect(outcome(await ask('DELETE', '/smsoptouts/14155551234'))).toBe('400 MISSING_FIELD');
  expect(outcome(await ask('DELETE', '/smsoptouts/14155551234?reason=asked'))).toBe('200');
  expect(outcome(await ask('DELETE', '/smsoptouts/14155551234?reason=asked'))).toBe('404 NOT_FOUND');
  await eventually(async () => expect(await listed()).toEqual([]));
  await eventually(async () => {
    const { body } = await ask('POST', `/eventlog/${id}`, { event_types: ['sms.*'] });
    const { results } = (body as { data: { results: Body[] } }).data;
    expect(results.map((entry) => entry['event_type'])).toEqual(['sms.optin', 'sms.optout', 'sms.optout']);
  });
});
