import * as z from 'zod';
import { after } from '../../../shared/contract/consequences.ts';
import { reads, records, unique, writes } from '../../../shared/contract/effects.ts';
import { endpoint, listOf } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { flag, pageQuery } from '../../../shared/schema/query.ts';
import { IdInUrl, OrganizationId } from '../../../shared/schema/values.ts';
import { PolicyFields, PolicyShown, policyStatuses, PolicyUpdate } from './policy.ts';

const Answer = z.object({ policy: PolicyShown }).meta({ id: 'OnePolicy' });
const organization = { org_id: OrganizationId.nullish() };

/** What every save carries on: the plan, its versions and the archive. */
const saves = [
  writes('policy'),
  unique('policy-name'),
  writes('planhead'),
  writes('planchange'),
  records('plan.published'),
  writes('dialplanhistory'),
] as const;

export const listPolicies = endpoint('GET /dialplan/policies', {
  summary: 'List dial-plan policies',
  scope: 'dialplan:read',
  query: { ...pageQuery, status: z.enum(policyStatuses).optional() },
  answers: { 200: listOf(PolicyShown, 'policies') },
  errors: [],
  effects: [reads('policy'), reads('group')],
});

export const getPolicy = endpoint('GET /dialplan/policy', {
  summary: 'Get a dial-plan policy',
  scope: 'dialplan:read',
  query: { id: IdInUrl, include_history: flag.optional() },
  answers: { 200: Answer },
  errors: [],
  effects: [reads('policy'), reads('dialplanhistory'), reads('group')],
});

export const putPolicy = endpoint('PUT /dialplan/policy', {
  summary: 'Create a dial-plan policy',
  scope: 'dialplan:write',
  nullIsAbsent: true,
  body: PolicyFields.extend(organization).meta({ id: 'NewPolicy' }),
  answers: { 201: Answer },
  errors: ['POLICY_NAME_EXISTS', 'INVALID_PATTERN', 'UNKNOWN_GATEWAY', 'LIMIT_EXCEEDED'],
  effects: [
    ...saves,
    reads('group'),
    reads('group-name'),
    reads('gateway'),
    reads('gateway-name'),
    records('policy.created'),
  ],
});

export const postPolicy = endpoint('POST /dialplan/policy', {
  summary: 'Update a dial-plan policy',
  description: 'What is absent stays; `conditions` and `actions` merge by key, and `null` removes one.',
  scope: 'dialplan:write',
  body: PolicyUpdate.extend({ id: z.string().min(1), ...organization }).meta({ id: 'PolicyChange' }),
  answers: { 200: Answer },
  errors: ['POLICY_NAME_EXISTS', 'INVALID_PATTERN', 'UNKNOWN_GATEWAY', 'VERSION_CONFLICT'],
  effects: [
    ...saves,
    reads('group'),
    reads('group-name'),
    reads('gateway'),
    reads('gateway-name'),
    records('policy.updated'),
  ],
});

export const restorePolicy = endpoint('POST /dialplan/policy/restore', {
  summary: 'Restore a dial-plan policy to an archived version',
  description: 'The archived version becomes the next one. A deleted policy comes back under its id.',
  scope: 'dialplan:write',
  body: z.object({ id: z.string().min(1), version: z.int().min(1), ...organization }).meta({ id: 'PolicyRestoration' }),
  answers: { 200: Answer },
  errors: ['POLICY_NAME_EXISTS', 'INVALID_PATTERN', 'UNKNOWN_GATEWAY', 'LIMIT_EXCEEDED', 'VERSION_CONFLICT'],
  effects: [
    ...saves,
    reads('group'),
    reads('group-name'),
    reads('gateway'),
    reads('gateway-name'),
    records('policy.restored'),
  ],
});

export const deletePolicy = endpoint('DELETE /dialplan/policy', {
  summary: 'Delete a dial-plan policy',
  description: 'While the template lists it, only with `force`, which takes it off the list.',
  scope: 'dialplan:write',
  query: { id: IdInUrl, force: flag.optional() },
  answers: { 200: z.object({ deleted_policy_id: z.string() }) },
  errors: ['POLICY_IN_USE', 'VERSION_CONFLICT'],
  effects: [...saves, writes('template'), records('policy.deleted'), records('template.updated')],
});

export const dialplanPolicies = resource('dialplan-policies', {
  area: 'dialplan',
  format: 'dialplan',
  endpoints: [listPolicies, getPolicy, putPolicy, postPolicy, restorePolicy, deletePolicy],
  cascades: [after('org.closed', [writes('policy'), writes('policy-name')])],
});
