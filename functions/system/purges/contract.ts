import { reads, reports, writes } from '#contract/effects.ts';
import { endpoint } from '#contract/endpoint.ts';
import { readsRecords, readsUsersOfRecords } from '#contract/record-effects.ts';
import { resource } from '#contract/resource.ts';
import { systemErrors } from '../schema/errors.ts';
import { examples } from './examples.ts';
import { CountedPurge, NewPurge, purgeErrors, StartedPurge } from '../schema/purge.ts';

export const purgeRecords = endpoint('POST /archiving/purge', {
  id: 'purgeRecords',
  summary: 'Purge records whose retention has ended',
  description:
    'Deletes the records of a class whose retention has ended. Without `dry_run: false` it only counts them. A dry ' +
    'run answers 202 if it takes longer than five seconds. A purge that deletes answers 202; its result is the ' +
    'event `archiving.purged` at `GET /events/purge/{id}`. The counts of a dry run are those of the run that ' +
    'follows.\n\n' +
    'Records under a legal hold stay, also if the hold is placed while the purge runs. With `export`, a record is ' +
    'deleted only after it is archived. If the archive fails or is full, no record that was to be archived is ' +
    'deleted, and the event has the reason.\n\n' +
    'Of the event log, only the beginning is deleted: the first entry that stays keeps all later ones. One purge of ' +
    'a class runs at a time.',
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
