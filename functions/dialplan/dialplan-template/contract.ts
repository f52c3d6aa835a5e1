import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { changesPlan } from '#contract/decision-effects.ts';
import { reads, records, writes } from '#contract/effects.ts';
import { endpoint, raw } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { ConfirmRemoval, Id, OrganizationId, Timestamp } from '#schema/values.ts';
import { dialplanErrors } from '../schema/errors.ts';
import { described, templateActions, TemplateFields } from '../schema/dialplan-template.ts';
import { examples } from './examples.ts';

const RuleShown = z.object({
  priority: z.int().describe(described.rulePriority),
  pattern: z.string().describe(described.pattern),
  action: z.enum(templateActions).describe(described.action),
  destination: z.string().describe(described.destination),
});

/** A template as answered. It has no limits: a stored template may be older than a rule of today. */
const TemplateShown = z
  .object({
    id: Id('tpl').describe('Id of the template'),
    name: z.string().describe(described.name),
    version: z.string().describe('`1.0` for a new template; each replacement raises the minor number'),
    created_at: Timestamp.describe('Time of the creation'),
    updated_at: Timestamp.describe('Time of the last change'),
    rules: z.array(RuleShown).describe(described.rules),
    variables: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).describe(described.variables),
    policies: z.array(z.string()).describe(described.policies),
  })
  .meta({ id: 'Template' });
export type TemplateShown = z.input<typeof TemplateShown>;

const Answer = z.object({ template: TemplateShown.describe('The template') }).meta({ id: 'OneTemplate' });

export const getDialplanTemplate = endpoint('GET /dialplan/template', {
  id: 'getDialplanTemplate',
  summary: "Get the organization's dial-plan template",
  description: 'As JSON, or with `format=xml` as a FreeSWITCH dial-plan context.',
  scope: 'dialplan:read',
  query: { format: z.enum(['json', 'xml']).optional().describe('Form of the answer; default: as `Accept` says') },
  answers: { 200: Answer },
  alsoAnswers: raw(['application/xml']),
  errors: [],
  effects: [reads('template')],
});

export const saveDialplanTemplate = endpoint('PUT /dialplan/template', {
  id: 'saveDialplanTemplate',
  summary: "Create or replace the organization's dial-plan template",
  description:
    'An organization has one template, of at most 120,000 bytes of JSON. The replaced version is archived. A capture ' +
    'that a pattern lacks, and an unknown variable, are 422. `warnings` name emergency numbers that nothing routes ' +
    'then.',
  scope: 'dialplan:write',
  nullIsAbsent: true,
  body: TemplateFields.extend({
    org_id: OrganizationId.nullish().describe('Organization; default: that of the caller'),
    confirm_removal: ConfirmRemoval,
  }).meta({ id: 'NewTemplate' }),
  answers: { 200: Answer, 201: Answer },
  errors: ['INVALID_PATTERN', 'UNKNOWN_POLICY', 'LIMIT_EXCEEDED', 'VERSION_CONFLICT', 'REMOVES_MANY'],
  effects: [
    writes('template'),
    reads('policy'),
    reads('gateway'),
    reads('gateway-name'),
    ...changesPlan,
    reads('plan'),
    writes('dialplanhistory'),
    records('template.created'),
    records('template.updated'),
  ],
});

export const dialplanTemplate = resource('dialplan-template', {
  area: 'dialplan',
  format: 'dialplan',
  examples,
  errors: dialplanErrors,
  endpoints: [getDialplanTemplate, saveDialplanTemplate],
  cascades: [cascadeAfter('org.closed', [writes('template')])],
});
