import * as z from 'zod';
import { reads, records, unique, writes } from '#contract/effects.ts';
import { readsUsersOfRecords } from '#contract/record-effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { pageQuery } from '#schema/query.ts';
import { recordClasses } from '#schema/record-class.ts';
import { Deletion, IdInUrl, newOrId } from '#schema/values.ts';
import { systemErrors } from '../schema/errors.ts';
import { archivingPolicyErrors, NewArchivingPolicy, ShownArchivingPolicy } from '../schema/archiving-policy.ts';
import { examples } from './examples.ts';

const params = { id: IdInUrl.describe('Id of the policy') };

export const listArchivingPolicies = endpoint('GET /archiving/policies', {
  id: 'listArchivingPolicies',
  summary: 'List archiving policies',
  description: 'Newest first.',
  scope: 'system:read',
  query: {
    ...pageQuery,
    q: z.string().max(128).optional().describe('Only policies whose name contains this text, in any case'),
    class: z.enum(recordClasses).optional().describe('Only policies for this class of records'),
  },
  answers: { 200: listOf(ShownArchivingPolicy) },
  errors: [],
  effects: [reads('archivingpolicy')],
});

export const getArchivingPolicy = endpoint('GET /archiving/policies/{id}', {
  id: 'getArchivingPolicy',
  summary: 'Get an archiving policy',
  scope: 'system:read',
  params,
  answers: { 200: ShownArchivingPolicy },
  errors: [],
  effects: [reads('archivingpolicy')],
});

export const saveArchivingPolicy = endpoint('PUT /archiving/policies/{id}', {
  id: 'saveArchivingPolicy',
  summary: 'Create or replace an archiving policy',
  description:
    'A policy sets for how many days records of a class are stored, and what happens then. Of several enabled ' +
    'policies for a record, the longest retention applies, also if it is shorter than the default of the class. ' +
    'Without a policy the default applies. A legal hold comes before all policies.\n\n' +
    'A class has one enabled policy without a filter. Policies of the event log have no filter. The actions ' +
    '`export_then_delete` and `export` need an archive. An organization has 100 policies at most.\n\n' +
    'A policy applies to existing records, too: a shorter one deletes them in the next night. A running purge ' +
    'follows a change within 15 seconds.',
  scope: 'system:write',
  whileClosed: true,
  params: { id: newOrId.describe('`new`, or the id of the policy to replace') },
  nullIsAbsent: true,
  body: NewArchivingPolicy,
  answers: { 200: ShownArchivingPolicy, 201: ShownArchivingPolicy },
  errors: [
    'NAME_TAKEN',
    'POLICY_EXISTS',
    'LIMIT_EXCEEDED',
    'RETENTION_TOO_SHORT',
    'ARCHIVING_NOT_PROVISIONED',
    'UNKNOWN_USER',
  ],
  actsOn: { none: 'their records are kept for another time' },
  effects: [
    writes('archivingpolicy'),
    unique('archivingpolicy-name'),
    unique('archivingpolicy-class'),
    reads('archiving'),
    ...readsUsersOfRecords,
    writes('count'),
    records('archiving.policy_created'),
    records('archiving.policy_updated'),
  ],
});

export const deleteArchivingPolicy = endpoint('DELETE /archiving/policies/{id}', {
  id: 'deleteArchivingPolicy',
  summary: 'Delete an archiving policy',
  description: 'Its records are then stored for the time of another policy, or of their class.',
  scope: 'system:write',
  whileClosed: true,
  params,
  answers: { 200: Deletion },
  errors: [],
  effects: [
    writes('archivingpolicy'),
    unique('archivingpolicy-name'),
    unique('archivingpolicy-class'),
    writes('count'),
    records('archiving.policy_deleted'),
  ],
});

export const archivingPolicies = resource('archiving-policies', {
  area: 'system',
  format: 'reference',
  owner: 'organization',
  errors: { ...archivingPolicyErrors, ...systemErrors },
  endpoints: [listArchivingPolicies, getArchivingPolicy, saveArchivingPolicy, deleteArchivingPolicy],
  examples,
});
