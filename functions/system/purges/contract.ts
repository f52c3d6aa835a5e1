import { reads, reports, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { readsRecords, readsUsersOfRecords } from '#contract/record-effects.ts';
import { resource } from '#contract/resource.ts';
import { systemErrors } from '../errors.ts';
import { examples } from './examples.ts';
import { CountedPurge, NewPurge, purgeErrors, StartedPurge } from './purge.ts';

export const purgeRecords = endpoint('POST /archiving/purge', {
  id: 'purgeRecords',
  summary: 'Purge records whose retention has ended',
  description:
    'Deletes records of a class that are kept no longer. Without `dry_run: false` they are counted only, with 202 if ' +
    'that takes longer than five seconds. A purge that deletes answers 202; its result is the event ' +
    '`archiving.purged` at `GET /events/purge/{id}`. `matched` are the records that are old enough for the shortest ' +
    'retention of the class. Records under a legal hold stay, also if it is placed while the purge runs.',
  scope: 'system:write',
  whileClosed: true,
  nullIsAbsent: true,
  body: NewPurge,
  answers: { 200: CountedPurge, 202: StartedPurge },
  errors: ['RETENTION_NOT_REACHED', 'PURGE_RUNNING', 'ARCHIVING_NOT_PROVISIONED', 'UNKNOWN_USER'],
  actsOn: { none: 'their records have reached the end of their retention' },
  effects: [
    ...readsRecords,
    ...readsUsersOfRecords,
    reads('archiving'),
    writes('purge'),
    reports('archiving.purge_started'),
  ],
});

export const purges = resource('purges', {
  area: 'system',
  format: 'reference',
  owner: 'organization',
  errors: { ...purgeErrors, ...systemErrors },
  endpoints: [purgeRecords],
  examples,
});
