import { App } from 'aws-cdk-lib';
import { expect, test } from 'vitest';
import { buckets } from '#contract/buckets.ts';
import { namesFor } from './names.ts';
import { settingsFrom } from './settings.ts';

const settingsOf = (context: Record<string, unknown>) => settingsFrom(new App({ context }).node);

test('a period accepts calls for a day after its end by default', () => {
  expect(
    [{}, { periodGraceHours: '48' }, { periodGraceHours: 0 }].map((context) => settingsOf(context).periodGraceHours),
  ).toEqual([24, 48, 0]);
});

test('e-mail is sent from the domain by default', () => {
  const from = (context: Record<string, unknown>) => settingsOf(context).emailFrom;
  expect([from({}), from({ domain: 'api.example.com' }), from({ emailFrom: 'calls@example.com' })]).toEqual([
    'no-reply@trunkline.dev.invalid',
    'no-reply@api.example.com',
    'calls@example.com',
  ]);
});

test.each([
  'calls',
  'Calls <calls@example.com>',
  'a@example.com,b@example.com',
  '*@example.com',
  'a@example.com\nBcc: b@example.com',
])('e-mail is not sent from %j', (emailFrom) => {
  expect(() => settingsOf({ emailFrom })).toThrow('emailFrom must be an address');
});

test('an address of the deployment has its domain in A-labels, and keeps the case in which SES has verified it', () => {
  const given = { emailFrom: 'No-Reply@Bücher.example', alarmEmail: " O'Brien@example.com " };
  expect(settingsOf(given)).toMatchObject({
    emailFrom: 'No-Reply@xn--bcher-kva.example',
    alarmEmail: "O'Brien@example.com",
  });
  expect(() => settingsOf({ alarmEmail: 'duty' })).toThrow('alarmEmail must be an address');
});

test.each(['-1', '700', 'a day'])('a period does not accept calls for %s hours', (hours) => {
  expect(() => settingsOf({ periodGraceHours: hours })).toThrow('periodGraceHours must be a number from 0 to 648');
});

test.each(['1', 'true', true, 1])('a deployment does not send to private addresses (%j)', (outboundAllowPrivate) => {
  expect(() => settingsOf({ outboundAllowPrivate })).toThrow('a deployment never sends to private addresses');
  expect(() => settingsOf({ outboundAllowPrivate: 'false' })).not.toThrow();
});

test('logs are stored for a month by default, or for a time that CloudWatch Logs has', () => {
  expect([{}, { logRetentionDays: '365' }].map((context) => settingsOf(context).logRetentionDays)).toEqual([30, 365]);
  for (const each of ['31', '0', 'a month'])
    expect(() => settingsOf({ logRetentionDays: each })).toThrow('logRetentionDays must be one of 1, 3, 5, 7, 14, 30');
});

test('the evaluator may have no warm environments, and not fewer than none', () => {
  expect(['0', '3'].map((each) => settingsOf({ provisionedConcurrency: each }).provisionedConcurrency)).toEqual([0, 3]);
  for (const each of ['-1', '1.5', 'many'])
    expect(() => settingsOf({ provisionedConcurrency: each })).toThrow('provisionedConcurrency must be a whole number');
});

test('the names of buckets fit S3 in every region, with the longest stage', () => {
  const longest = 'abcdefghijklmno';
  const { stage } = settingsOf({ stage: longest });
  for (const bucket of buckets)
    expect(`${namesFor(stage).bucket(bucket)}-000000000000-ap-northeast-1`.length).toBeLessThanOrEqual(63);
  expect(() => settingsOf({ stage: `${longest}p` })).toThrow('stage must match');
});

test('the network of SIP is in zones of choice, which are two', () => {
  expect(settingsOf({}).zones).toEqual([]);
  expect(settingsOf({ zones: 'us-east-1b, us-east-1c' }).zones).toEqual(['us-east-1b', 'us-east-1c']);
  for (const zones of ['us-east-1b', 'us-east-1b,us-east-1b', 'a,b,c'])
    expect(() => settingsOf({ zones })).toThrow('zones must be 2 different availability zones');
});
