import { expect, test } from 'vitest';
import { settingsFrom } from '../settings.ts';
import { gapsOf } from './gaps.ts';

const gaps = (context: Readonly<Record<string, string>>): string[] =>
  gapsOf(settingsFrom({ tryGetContext: (name) => context[name] })).map(({ text }) => text);

const production = {
  domain: 'api.example.com',
  hostedZoneId: 'Z1',
  mediaRelay: 'true',
  sipEgress: 'nat',
  alarmEmail: 'duty@example.com',
  backupCopyVault: 'arn:aws:backup:us-east-1:123456789012:backup-vault:trunkline',
  release: 'canary',
};

test('a stage for production has no gap', () => {
  expect(gaps(production)).toEqual([]);
});

test.each([
  ['domain', 'no domain: no TLS'],
  ['hostedZoneId', 'no hosted zone: the deployment waits'],
  [
    'mediaRelay',
    'no media relay: call flows, voicemail and recordings answer 503, and calls between browsers and phones 488',
  ],
  ['sipEgress', 'no fixed addresses: carriers'],
  ['alarmEmail', 'no address for alarms'],
  ['backupCopyVault', 'no backups elsewhere'],
  ['release', 'no steps of a release'],
])('one without %s has one, which names the setting', (setting, text) => {
  const { [setting]: _, ...others } = production as Readonly<Record<string, string>>;
  const found = gaps(others);
  expect(found).toEqual([expect.stringContaining(text)]);
  expect(found[0]).toMatch(new RegExp(`[Ss]et ${setting}\\b`));
});

test.each([
  [{ sip: 'udp' }, 'SIP over UDP only'],
  [{ sipTasks: '1' }, 'one task of the sidecar'],
  [{ provisionedConcurrency: '0' }, 'no warm environments'],
  [{ certificateArn: 'arn:aws:acm:us-west-1:1:certificate/1', hostedZoneId: '' }, undefined],
] as const)('%j is one, unless a certificate makes up for a zone', (settings, text) => {
  expect(gaps({ ...production, ...settings })).toEqual(text === undefined ? [] : [expect.stringContaining(text)]);
});

test('without SIP, what it needs is no gap', () => {
  const { mediaRelay, sipEgress, ...others } = production;
  expect(gaps({ ...others, sip: 'off' })).toEqual([expect.stringContaining('no SIP')]);
});

test('a stage whose data are deleted with it is for tests', () => {
  expect(gaps({ ephemeral: 'true' })).toEqual([expect.stringContaining('an ephemeral stage')]);
});
