import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import type { CloudResource } from '../templates/resource.ts';
import { openTextReports } from './text-reports.ts';

const set = (isEnabled: boolean): CloudResource => ({
  stack: 'data',
  logicalId: 'set',
  type: 'AWS::SMSVOICE::ConfigurationSet',
  name: 'sms',
  arn: 'sms',
  properties: { EventDestinations: [{ Enabled: isEnabled, SnsDestination: { TopicArn: 'topic' } }] },
});

/** The reports of SMS to these numbers. */
function reportsOf(resource: CloudResource, name = 'sms') {
  const published: (readonly [topic: string, event: unknown])[] = [];
  const report = openTextReports([resource], (topic, event) => {
    published.push([topic, JSON.parse(event)]);
  });
  for (const to of ['+14155550003', '+14155551234'])
    report({ set: name, messageId: to, to, from: 'Acme', context: { message_id: 'msg_1' } });
  return published;
}

test('an SMS is delivered, but for numbers of which nothing is reported', async () => {
  const published = reportsOf(set(true));
  const event = { eventType: 'TEXT_DELIVERED', messageId: '+14155551234', context: { message_id: 'msg_1' } };
  await eventually(async () => expect(published).toEqual([['topic', expect.objectContaining(event)]]));
});

test('without a destination of its configuration set nothing is reported', async () => {
  const [disabled, unknown, known] = [reportsOf(set(false)), reportsOf(set(true), 'other'), reportsOf(set(true))];
  await eventually(async () => expect(known).toHaveLength(1));
  expect([...disabled, ...unknown]).toEqual([]);
});
