import { t } from '../texts/texts.ts';
import type { Summary } from '../overview/steps.ts';

/** Whether no one has set anything up yet: one user at most, no phone, no number, no call. */
export const isNew = ({ users, devices, numbers, has_cdrs: hasCalls }: Summary): boolean =>
  (users ?? 0) <= 1 && (devices ?? 0) === 0 && (numbers ?? 0) === 0 && hasCalls !== true;

/** What is set up after the first call. */
export const nextSteps = [
  { title: t('Invite colleagues'), address: '/r/users/new', scope: 'users:write' },
  { title: t('Add a phone'), address: '/r/devices/new', scope: 'telephony:write' },
  { title: t('Get a number'), address: '/r/numbers', scope: 'telephony:write' },
  { title: t('Greet callers with a call flow'), address: '/r/callflows/new', scope: 'telephony:write' },
  { title: t('Set opening hours'), address: '/r/schedules/new', scope: 'telephony:write' },
] as const;
