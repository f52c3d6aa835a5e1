import { storedResource } from '#contract/resource.ts';
import { stored } from '#contract/stored.ts';
import { blockedCallerFields } from '#telephony/blocked-caller.ts';

export const blockedCaller = stored('blockedcaller', {
  noun: 'blocked caller',
  area: 'telephony',
  path: '/blockedcallers',
  prefix: 'block',
  description:
    'Applies to calls from outside, over trunks of type `carrier` and `peer`, within 10 seconds. Of several entries ' +
    'that name a caller the most precise one counts: a number before prefixes, a longer prefix before a shorter one, ' +
    'of equal ones the oldest. A caller that withholds its number is named by `anonymous` only. If its flow is ' +
    'deleted, the caller is rejected. An organization has at most 1,000 entries.',
  fields: blockedCallerFields,
  reads: ['callflow'],
  limit: 1_000,
  owner: 'organization',
  onClosed: 'delete',
  example: { name: 'Premium numbers', caller: '+1900…', action: 'busy' },
});

export const blockedCallers = storedResource('blocked-callers', blockedCaller, { format: 'standard' });
