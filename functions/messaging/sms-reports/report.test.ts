import { expect, test } from 'vitest';
import { queuedSms } from './reports.fixture.ts';
import { afterReceipt, confirmedBy, eventTypeOf, reportIn, type Receipt } from './report.ts';

const now = new Date('2026-11-20T12:00:00.000Z');
const event = (eventType: string, more: object = {}) =>
  JSON.stringify({
    eventType,
    isFinal: true,
    messageId: 'eum-1',
    messageStatusDescription: 'Message has been accepted by phone',
    ...more,
  });
const read = (message: string) => reportIn(message, '2026-11-20T11:00:00.000Z');

test.each([
  ['TEXT_DELIVERED', 'delivered', null],
  ['TEXT_TTL_EXPIRED', 'expired', null],
  ['TEXT_INVALID', 'failed', 'INVALID_NUMBER'],
  ['TEXT_UNREACHABLE', 'failed', 'UNREACHABLE'],
  ['TEXT_CARRIER_BLOCKED', 'failed', 'BLOCKED'],
  ['TEXT_SPAM', 'failed', 'BLOCKED'],
] as const)('%s says that a message is %s (%s)', (type, status, code) => {
  const report = read(event(type));
  expect(report).toMatchObject({ kind: 'receipt', provider_message_id: 'eum-1', status });
  expect(report?.kind === 'receipt' ? (report.error?.code ?? null) : undefined).toBe(code);
});

test.each([
  event('VOICE_COMPLETED'),
  event('constructor'),
  event('TEXT_DELIVERED', { messageId: '' }),
  '{}',
  'null',
  '[]',
  'no json',
])('%s says nothing new', (message) => {
  expect(read(message)).toBeNull();
});

test.each(['TEXT_PENDING', 'TEXT_QUEUED', 'TEXT_SENT', 'TEXT_SUCCESSFUL', 'TEXT_UNKNOWN'])(
  '%s says only that the provider has the message',
  (type) => expect(read(event(type))).toMatchObject({ kind: 'receipt', status: null, error: null }),
);

test('a receipt names the message of the platform if its context does', () => {
  const contextIn = (context: unknown) => {
    const report = read(event('TEXT_SENT', { context }));
    return report?.kind === 'receipt' ? report.context : null;
  };
  expect(contextIn({ message_id: 'msg_1', organization: 'org_1001' })).toEqual({
    message_id: 'msg_1',
    organization: 1001,
  });
  for (const context of [undefined, null, {}, { message_id: 'msg_1' }, { message_id: 'msg_1', organization: 'x' }])
    expect(contextIn(context)).toBeUndefined();
});

/** Entries of the forms in the Amazon SNS Developer Guide, "Viewing CloudWatch Logs for SMS deliveries". */
const entry = (status: string, providerResponse: string) =>
  JSON.stringify({
    notification: { messageId: '34d9b400-c6dd-5444-820d-fbeb0f1f54cf', timestamp: '2026-11-20 00:40:34.558' },
    delivery: {
      phoneCarrier: 'My Phone Carrier',
      mnc: 270,
      numberOfMessageParts: 1,
      destination: '+1XXX5550100',
      priceInUSD: 0.00645,
      smsType: 'Transactional',
      mcc: 310,
      providerResponse,
      dwellTimeMs: 599,
      dwellTimeMsUntilDeviceAck: 1344,
    },
    status,
  });

test('SNS reports a delivery', () => {
  expect(read(entry('SUCCESS', 'Message has been accepted by phone carrier'))).toEqual({
    kind: 'receipt',
    provider: 'sns',
    provider_message_id: '34d9b400-c6dd-5444-820d-fbeb0f1f54cf',
    context: undefined,
    status: 'delivered',
    error: null,
    isOptOut: false,
  });
});

test.each([
  ['Blocked as spam by phone carrier', 'BLOCKED', false],
  ['Destination is on a blocked list', 'BLOCKED', false],
  ['Invalid phone number', 'INVALID_NUMBER', false],
  ['Message body is invalid', 'REJECTED', false],
  ['This delivery would exceed max price', 'REJECTED', false],
  ['Phone carrier is currently unreachable/unavailable', 'UNREACHABLE', false],
  ['Phone number is opted out', 'BLOCKED', true],
  ['Unknown error attempting to reach phone', 'UNREACHABLE', false],
])('SNS reports the failure "%s" as %s', (text, code, isOptOut) => {
  expect(read(entry('FAILURE', text))).toMatchObject({ status: 'failed', error: { code, message: text }, isOptOut });
});

test('an opt-out in a list of End User Messaging is told from other blocks', () => {
  const blocked = (messageStatusDescription: string) => read(event('TEXT_BLOCKED', { messageStatusDescription }));
  expect(blocked('The destination phone number is opted out')).toMatchObject({ isOptOut: true });
  expect(blocked('Blocked')).toMatchObject({ isOptOut: false });
});

const received = {
  originationNumber: '+14155551234',
  destinationNumber: '+14155550000',
  messageKeyword: 'JOIN',
  messageBody: 'Hello',
  inboundMessageId: 'in-1',
};

test('a received message is filed with the time of its notification', () => {
  expect(read(JSON.stringify(received))).toEqual({
    kind: 'inbound',
    entry: {
      message_id: 'in-1',
      direction: 'inbound',
      from: '+14155551234',
      to: '+14155550000',
      message: 'Hello',
      status: 'received',
      timestamp: '2026-11-20T11:00:00.000Z',
      status_at: '2026-11-20T11:00:00.000Z',
      user_id: null,
      segments: 1,
      cost: null,
      source: 'platform',
    },
  });
});

test('of a long text the log keeps 2,000 characters, and half no surrogate pair', () => {
  const report = read(JSON.stringify({ ...received, messageBody: `${'x'.repeat(1_999)}😀` }));
  const text = report?.kind === 'inbound' ? report.entry.message : '';
  expect(text).toHaveLength(2_000);
  expect(text.isWellFormed()).toBe(true);
});

const receipt = (status: Receipt['status']): Receipt => ({
  kind: 'receipt',
  provider: 'eum',
  provider_message_id: 'eum-1',
  context: undefined,
  isOptOut: false,
  status,
  error: status === 'failed' ? { code: 'UNREACHABLE', message: 'no' } : null,
});

test('a sent message gets the state of its receipt', () => {
  const sms = queuedSms({ status: 'sent' });
  expect(afterReceipt(sms, receipt('delivered'), now)).toMatchObject({
    after: { status: 'delivered', error: null, timestamps: { delivered: now.toISOString() }, version: 2 },
  });
  expect(afterReceipt(sms, receipt('failed'), now)).toMatchObject({
    after: { status: 'failed', error: { code: 'UNREACHABLE' } },
  });
  expect(eventTypeOf('failed')).toBe('sms.failed');
});

test.each(['queued', 'delivered', 'failed', 'expired', 'cancelled'] as const)(
  'a receipt does not change a message that is %s',
  (status) => {
    expect(afterReceipt(queuedSms({ status }), receipt('delivered'), now)).toBe('nothing');
  },
);

test('a receipt confirms a message in an attempt, or after one without an answer', () => {
  const waiting = queuedSms({ status: 'sending', confirmation: 'awaited' });
  const confirmation = { provider: 'eum', provider_message_id: 'eum-1' };
  for (const each of [waiting, queuedSms({ status: 'sending' })])
    expect(confirmedBy(each, receipt(null))).toMatchObject({ status: 'sending', confirmation, version: 2 });
  for (const other of [queuedSms(), { ...waiting, confirmation }])
    expect(confirmedBy(other, receipt(null))).toBeUndefined();
  expect(afterReceipt(queuedSms({ status: 'sent' }), receipt(null), now)).toBe('nothing');
});

test('a receipt waits until its message is stored as sent', () => {
  expect(afterReceipt(queuedSms({ status: 'sending' }), receipt('delivered'), now)).toBe('wait');
});
