import { requestsCertificate } from '../constructs/certificate.ts';
import type { Settings } from '../settings.ts';
import type { Finding } from './finding.ts';

/** What a stage of these settings does without, and which setting changes it. */
type Gap = { readonly isIn: (settings: Settings) => boolean; readonly text: string };

const hasSip = ({ sip }: Settings): boolean => sip !== 'off';

const gaps: readonly Gap[] = [
  {
    isIn: ({ domain }) => domain === undefined,
    text:
      'no domain: no TLS for SIP and no phones in browsers, links to files fail, and another issuer later ends all ' +
      'sessions. Set domain',
  },
  {
    isIn: (settings) => requestsCertificate(settings) && settings.hostedZoneId === undefined,
    text:
      'no hosted zone: the deployment waits until you publish the records of the certificate, which ' +
      '`npm run preflight -- <stage> --after` prints. Then publish the addresses yourself, or set hostedZoneId',
  },
  {
    isIn: ({ sip }) => sip === 'off',
    text: 'no SIP: phones, gateways and trunks cannot connect. Set sip to on',
  },
  {
    isIn: ({ sip }) => sip === 'udp',
    text: 'SIP over UDP only: no TCP, no TLS and no phones in browsers. Set sip to on',
  },
  {
    isIn: (settings) => hasSip(settings) && !settings.mediaRelay,
    text:
      'no media relay: call flows, voicemail and recordings answer 503, and calls between browsers and phones 488. ' +
      'Set mediaRelay to true',
  },
  {
    isIn: (settings) => hasSip(settings) && settings.sipEgress === 'public',
    text:
      'no fixed addresses: carriers that admit calls by an allow-list cannot be used, trunks that authenticate can. ' +
      'Set sipEgress to nat',
  },
  {
    isIn: (settings) => hasSip(settings) && settings.sipTasks === 1,
    text: 'one task of the sidecar: its end is the end of its calls. Set sipTasks to 2',
  },
  {
    isIn: ({ alarmEmail }) => alarmEmail === undefined,
    text: 'no address for alarms: alarms and the budget notify no one. Set alarmEmail',
  },
  {
    isIn: ({ backupCopyVault }) => backupCopyVault === undefined,
    text:
      'no backups elsewhere: the loss of the region, or of the account, is the loss of all data. Set backupCopyVault ' +
      '(infra/RUNBOOK.md, "A lost region")',
  },
  {
    isIn: ({ release }) => release === 'at-once',
    text:
      'no steps of a release: all requests get new code at once, and no alarm moves them back. ' +
      'Set release to canary',
  },
  {
    isIn: ({ provisionedConcurrency }) => provisionedConcurrency === 0,
    text: 'no warm environments: some calls are decided by a cold function. Set provisionedConcurrency to 1',
  },
];

/** What a stage for production lacks. One whose data are deleted with it is none. */
export const gapsOf = (settings: Settings): Finding[] =>
  settings.ephemeral
    ? [{ verdict: 'limits', text: 'an ephemeral stage: `cdk destroy` deletes all data, and there are no backups' }]
    : gaps.filter(({ isIn }) => isIn(settings)).map(({ text }) => ({ verdict: 'limits', text }));
