import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { changesPlan } from '#contract/decision-effects.ts';
import { reads, records, reports, unique, writes } from '#contract/effects.ts';
import { endpoint, listOf } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { attestations, verstats } from '#telephony/caller-identity.ts';
import { flag, pageQuery } from '#schema/query.ts';
import { Id, IdInUrl, OrganizationId, Timestamp } from '#schema/values.ts';
import { dialplanErrors } from '../schema/errors.ts';
import { examples } from './examples.ts';
import { described, PolicyFields, policyStatuses, PolicyUpdate, weekdays, policyErrors } from '../schema/policy.ts';

const Version = z.int().min(1);
const UserId = z.string();

const TimeOfDayShown = z.object({
  start: z.string().describe('Start of the window, `HH:MM`, inclusive'),
  end: z.string().describe('End of the window, `HH:MM`, exclusive'),
  timezone: z.string().optional().describe('IANA time zone; absent: the zone of the organization'),
  days: z.array(z.enum(weekdays)).optional().describe('Days on which the window opens; absent: every day'),
});

const EarlierVersion = z.object({
  version: Version.describe('Version number'),
  changed_at: Timestamp.describe('Time of the change'),
  changed_by: UserId.describe('Id of the user or service account that made the change'),
  changes: z.array(z.string()).describe('`Initial creation`, or one `Updated <field>` for each changed field'),
});

/** A policy as answered. It has no limits: a stored policy may be older than a rule of today. */
const PolicyShown = z
  .object({
    id: Id('pol').describe('Id of the policy'),
    name: z.string().describe(described.name),
    description: z.string().optional().describe(described.description),
    status: z.enum(policyStatuses).describe(described.status),
    priority: z.int().describe(described.priority),
    version: Version.describe('1 for a new policy, one more with each change'),
    conditions: z
      .object({
        pattern: z.string().describe(described.pattern),
        time_of_day: TimeOfDayShown.optional().describe(described.time_of_day),
        user_groups: z.array(z.string()).optional().describe(described.user_groups),
        caller_id_required: z.boolean().optional().describe(described.caller_id_required),
        verstat: z.array(z.enum(verstats)).optional().describe(described.verstat),
        attestation: z.array(z.enum(attestations)).optional().describe(described.attestation),
      })
      .describe(described.conditions),
    actions: z
      .object({
        allow: z.boolean().describe(described.allow),
        gateway: z.string().optional().describe(described.gateway),
        failover_gateways: z.array(z.string()).optional().describe(described.failover_gateways),
        rate_limit: z.int().optional().describe(described.rate_limit),
        max_duration: z.int().optional().describe(described.max_duration),
        record: z.boolean().optional().describe(described.record),
        log: z.boolean().optional().describe(described.log),
        notify: z.array(z.string()).optional().describe(described.notify),
        bypass_restrictions: z.boolean().optional().describe(described.bypass_restrictions),
      })
      .describe(described.actions),
    metadata: z
      .object({
        created_by: UserId.describe('Id of the creator'),
        last_modified_by: UserId.describe('Id of the author of the last change'),
      })
      .describe('Authors of the first and the last version'),
    created_at: Timestamp.describe('Time of the creation'),
    updated_at: Timestamp.describe('Time of the last change'),
    compiled: z
      .enum(['merged', 'single'])
      .optional()
      .describe(
        'In lists: `merged` if the pattern is part of the common automaton, `single` if it is too large for it',
      ),
    history: z
      .array(EarlierVersion)
      .optional()
      .describe('With `include_history`: up to 100 earlier versions, newest first'),
  })
  .meta({ id: 'Policy' });
export type PolicyShown = z.input<typeof PolicyShown>;

const Answer = z.object({ policy: PolicyShown.describe('The policy') }).meta({ id: 'OnePolicy' });
const organization = { org_id: OrganizationId.nullish().describe('Organization; default: that of the caller') };

/** Effects of every change: the policy and its name, the plan, which warnings depend on, and the archive. */
const changes = [
  writes('policy'),
  unique('policy-name'),
  ...changesPlan,
  reads('plan'),
  writes('dialplanhistory'),
] as const;

/** Reads that resolve the names in a policy. */
const references = [reads('group'), reads('group-name'), reads('gateway'), reads('gateway-name')] as const;

export const listPolicies = endpoint('GET /dialplan/policies', {
  id: 'listPolicies',
  summary: 'List dial-plan policies',
  description: 'Newest first.',
  scope: 'dialplan:read',
  query: { ...pageQuery, status: z.enum(policyStatuses).optional().describe('Only policies with this status') },
  answers: { 200: listOf(PolicyShown, 'policies') },
  errors: [],
  effects: [reads('policy'), reads('group')],
});

export const getPolicy = endpoint('GET /dialplan/policy', {
  id: 'getPolicy',
  summary: 'Get a dial-plan policy',
  scope: 'dialplan:read',
  query: {
    id: IdInUrl.describe('Id of the policy'),
    include_history: flag.optional().describe('Adds up to 100 earlier versions'),
  },
  answers: { 200: Answer },
  errors: [],
  effects: [reads('policy'), reads('dialplanhistory'), reads('group')],
});

/** Effects of saving `actions.notify`: addresses that were not asked yet are sent a link. */
const asksRecipients = [
  reads('user-email'),
  reads('billingprofile'),
  writes('noticeaddress'),
  writes('noticetoken'),
  writes('email'),
  reports('email.queued'),
] as const;

export const createPolicy = endpoint('PUT /dialplan/policy', {
  id: 'createPolicy',
  summary: 'Create a dial-plan policy',
  description:
    'The policy takes effect with the next evaluation if its status is `active`. An organization has at most 10,000 ' +
    'policies.\n\n`warnings` name groups and gateways that the platform does not manage, emergency numbers that the ' +
    'policy denies, and those that nothing routes. They also name addresses in `notify` that get no notice before ' +
    'they confirm by the link that is sent to them.',
  scope: 'dialplan:write',
  nullIsAbsent: true,
  body: PolicyFields.extend(organization).meta({ id: 'NewPolicy' }),
  answers: { 201: Answer },
  errors: ['POLICY_NAME_EXISTS', 'INVALID_PATTERN', 'UNKNOWN_GATEWAY', 'LIMIT_EXCEEDED'],
  effects: [...changes, ...references, ...asksRecipients, records('policy.created')],
});

export const updatePolicy = endpoint('POST /dialplan/policy', {
  id: 'updatePolicy',
  summary: 'Update a dial-plan policy',
  description:
    'Absent fields stay. `conditions` and `actions` merge by key, and `null` removes a key; `time_of_day` is one ' +
    'key. The merged policy is checked as a whole.',
  scope: 'dialplan:write',
  body: PolicyUpdate.extend({ id: z.string().min(1).describe('Id of the policy'), ...organization }).meta({
    id: 'PolicyChange',
  }),
  answers: { 200: Answer },
  errors: ['POLICY_NAME_EXISTS', 'INVALID_PATTERN', 'UNKNOWN_GATEWAY', 'VERSION_CONFLICT'],
  effects: [...changes, ...references, ...asksRecipients, records('policy.updated')],
});

export const restorePolicy = endpoint('POST /dialplan/policy/restore', {
  id: 'restorePolicy',
  summary: 'Restore a dial-plan policy to an archived version',
  description:
    'The archived version becomes the next version, and must meet the rules of today. A deleted policy is restored ' +
    'under its id, with its creator and creation time.',
  scope: 'dialplan:write',
  body: z
    .object({
      id: z.string().min(1).describe('Id of the policy, which may be deleted'),
      version: z.int().min(1).describe('Version to restore'),
      ...organization,
    })
    .meta({ id: 'PolicyRestoration' }),
  answers: { 200: Answer },
  errors: ['POLICY_NAME_EXISTS', 'INVALID_PATTERN', 'UNKNOWN_GATEWAY', 'LIMIT_EXCEEDED', 'VERSION_CONFLICT'],
  effects: [...changes, ...references, ...asksRecipients, records('policy.restored')],
});

export const deletePolicy = endpoint('DELETE /dialplan/policy', {
  id: 'deletePolicy',
  summary: 'Delete a dial-plan policy',
  description: 'A policy that the template lists is deleted with `force` only, which also removes it from the list.',
  scope: 'dialplan:write',
  query: {
    id: IdInUrl.describe('Id of the policy'),
    force: flag.optional().describe('Deletes the policy even if the template lists it'),
  },
  answers: { 200: z.object({ deleted_policy_id: z.string().describe('Id of the deleted policy') }) },
  errors: ['POLICY_IN_USE', 'VERSION_CONFLICT'],
  effects: [...changes, writes('template'), records('policy.deleted'), records('template.updated')],
});

export const dialplanPolicies = resource('dialplan-policies', {
  area: 'dialplan',
  format: 'dialplan',
  examples,
  errors: { ...policyErrors, ...dialplanErrors },
  endpoints: [listPolicies, getPolicy, createPolicy, updatePolicy, restorePolicy, deletePolicy],
  cascades: [cascadeAfter('org.closed', [writes('policy'), writes('policy-name')])],
});
