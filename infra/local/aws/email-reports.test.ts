import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import type { CloudResource } from '../templates/resource.ts';
import { openEmailReports } from './email-reports.ts';

const resource = (type: string, name: string, properties: CloudResource['properties'] = {}): CloudResource => ({
  stack: 'data',
  logicalId: name,
  type,
  name,
  arn: name,
  properties,
});
const destination = (types: readonly string[]) =>
  resource('AWS::SES::ConfigurationSetEventDestination', 'destination', {
    ConfigurationSetName: 'mail',
    EventDestination: { MatchingEventTypes: types, SnsDestination: { TopicARN: 'topic' } },
  });

function reportsOf(wanted: readonly string[]) {
  const published: (readonly [topic: string, report: Readonly<Record<string, unknown>>])[] = [];
  const resources = [resource('AWS::SES::ConfigurationSet', 'mail'), destination(wanted)];
  const reports = openEmailReports(resources, (topic, message) => {
    published.push([topic, JSON.parse(message) as Readonly<Record<string, unknown>>]);
  });
  return { ...reports, published, types: () => published.map(([, { eventType }]) => eventType) };
}

const email = (...to: readonly string[]) => ({
  FromEmailAddress: 'no-reply@example.com',
  ConfigurationSetName: 'mail',
  Destination: { ToAddresses: to },
  EmailTags: [{ Name: 'email_id', Value: 'eml_1' }],
});

test('an e-mail bounces, is complained about, or is delivered by the domain of its recipient', async () => {
  const { report, types, published } = reportsOf(['send', 'delivery', 'bounce', 'complaint']);
  report(email('ann@example.com', 'soft@bounce.test', 'x@bounce.test', 'y@complaint.test'), 'ses-1');
  await eventually(() => expect(types()).toEqual(['Send', 'Delivery', 'Bounce', 'Bounce', 'Complaint']));
  expect(published[1]).toMatchObject([
    'topic',
    {
      mail: { messageId: 'ses-1', tags: { email_id: ['eml_1'] } },
      delivery: { recipients: ['ann@example.com', 'y@complaint.test'] },
    },
  ]);
  expect(published.slice(2).map(([, { bounce, complaint }]) => bounce ?? complaint)).toMatchObject([
    { bounceType: 'Permanent', bouncedRecipients: [{ emailAddress: 'x@bounce.test' }] },
    { bounceType: 'Transient', bouncedRecipients: [{ emailAddress: 'soft@bounce.test' }] },
    { complainedRecipients: [{ emailAddress: 'y@complaint.test' }] },
  ]);
});

test('a configuration set reports what its template says', async () => {
  const { report, types, hasSet } = reportsOf(['delivery']);
  report({ ...email('ann@example.com'), ConfigurationSetName: 'other' }, 'ses-1');
  report(email('x@bounce.test'), 'ses-2');
  report(email('ann@example.com'), 'ses-3');
  await eventually(() => expect(types()).toEqual(['Delivery']));
  expect([hasSet('mail'), hasSet('other')]).toEqual([true, false]);
});
