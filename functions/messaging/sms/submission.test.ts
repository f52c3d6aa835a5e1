import { describe, expect, test } from 'vitest';
import { organizationOf } from '#test/support/people.fixture.ts';
import { newInventoryNumber } from '../../telephony/numbers/number.ts';
import {
  assertDeliverable,
  assertEnabled,
  assertSender,
  newMessageEvents,
  recipientError,
  scheduleOf,
  segmentsWithin,
  stateEventOf,
} from './submission.ts';
import { queuedSms } from '../sms-delivery/sms.fixture.ts';

const now = Date.parse('2026-11-20T10:00:00.000Z');
test('a text has at most 10 segments', () => {
  expect(segmentsWithin('x'.repeat(1_530)).segments).toBe(10);
  expect(() => segmentsWithin('x'.repeat(1_531))).toThrow(expect.objectContaining({ code: 'MESSAGE_TOO_LONG' }));
});

test.each([
  [-60_001, 'INVALID_SCHEDULE'],
  [-60_000, null],
  [0, null],
  [1, '2026-11-20T10:00:00.001Z'],
  [30 * 86_400_000, '2026-12-20T10:00:00.000Z'],
  [30 * 86_400_000 + 1, 'INVALID_SCHEDULE'],
])('a schedule of %d ms ahead is %s', (ahead, expected) => {
  const schedule = new Date(now + ahead).toISOString();
  const found = (): string | null => {
    try {
      return scheduleOf({ schedule }, now);
    } catch (error) {
      return Object(error) instanceof Error ? ((error as { code?: string }).code ?? '') : '';
    }
  };
  expect(found()).toBe(expected);
});

describe('an organization', () => {
  const organization = organizationOf(1001, { settings: { sms: { sender_ids: ['Acme'], countries: ['DE'] } } });

  test('that is disabled sends nothing', () => {
    assertEnabled(organization);
    expect(() => {
      assertEnabled(organizationOf(1001, { settings: { sms: { enabled: false } } }));
    }).toThrow(expect.objectContaining({ code: 'SMS_DISABLED' }));
  });

  const number = {
    ...newInventoryNumber(
      { country: 'US', type: 'mobile', capabilities: ['voice', 'sms'] },
      { id: 'num_1', number: '+14155550100', now: '2026-11-20T10:00:00.000Z' },
    ),
    state: 'active' as const,
    org_id: 1001,
    capabilities: ['voice', 'sms'],
  };

  test.each([
    ['its sender id', 'Acme', undefined],
    ['its active number', '+14155550100', number],
  ])('sends from %s', (_case, from, known) => {
    assertSender(from, known, organization);
  });

  test.each([
    ['another sender id', 'Bank', undefined],
    ['an unknown number', '+14155550100', undefined],
    ['the number of another', '+14155550100', { ...number, org_id: 1002 }],
    ['a released number', '+14155550100', { ...number, state: 'released' as const }],
    ['a number that it uses for voice only', '+14155550100', { ...number, capabilities: ['voice'] }],
  ])('does not send from %s', (_case, from, known) => {
    expect(() => {
      assertSender(from, known, organization);
    }).toThrow(expect.objectContaining({ code: 'INVALID_SENDER' }));
  });

  test('sends to its countries, and to nobody who opted out', () => {
    const none = new Set<string>();
    expect(recipientError('+4930123456', none, organization)).toBeNull();
    expect(recipientError('+14155551234', none, organization)).toMatchObject({ code: 'DESTINATION_NOT_ALLOWED' });
    expect(recipientError('+4930123456', new Set(['+4930123456']), organization)).toMatchObject({
      code: 'RECIPIENT_OPTED_OUT',
    });
  });

  test('gets the fault of the only recipient as that of the request', () => {
    const error = { code: 'RECIPIENT_OPTED_OUT', message: 'no' };
    expect(() => {
      assertDeliverable([{ to: '+1415', error }]);
    }).toThrow(expect.objectContaining({ code: 'RECIPIENT_OPTED_OUT' }));
    assertDeliverable([
      { to: '+1415', error },
      { to: '+1416', error: null },
    ]);
  });
});

test('new messages have the event of their state', () => {
  expect(newMessageEvents([queuedSms(), queuedSms({ status: 'failed' })]).map(({ type }) => type)).toEqual([
    'sms.queued',
    'sms.failed',
  ]);
});

test('the details of an event name the message and its state', () => {
  expect(stateEventOf(queuedSms())).toMatchObject({
    entity: { type: 'sms', id: 'msg_1' },
    fields: { status: 'queued', to: '+14155551234' },
  });
});
