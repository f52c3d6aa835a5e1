import { expect, test } from 'vitest';
import { queuedSms } from '../sms-delivery/sms.fixture.ts';
import { newMessageEvents, stateEventOf } from './state-event.ts';

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
