import * as z from 'zod';
import { after } from '../../../shared/contract/consequences.ts';
import { reads, records, writes } from '../../../shared/contract/effects.ts';
import { endpoint, raw } from '../../../shared/contract/endpoint.ts';
import { resource } from '../../../shared/contract/resource.ts';
import { gatewayStatuses } from '../../../shared/telephony/gateway-health.ts';
import { Instant, OrganizationId, text, Timestamp } from '../../../shared/schema/values.ts';
import { DialedString } from './dialed-string.ts';
import { Draft } from './draft.ts';
import { limitReasons } from './limits.ts';
import { SwitchForm } from './switch-question.ts';

const BatchCall = z
  .object({
    called: DialedString,
    /** Absent, empty or `anonymous`: withheld. */
    caller: text(64).nullish(),
    user_id: z.string().max(128).nullish(),
    groups: z.array(text(64, 1)).max(1_000).nullish(),
    at: Instant.nullish(),
  })
  .meta({ id: 'EvaluatedCall' });

const organization = { org_id: OrganizationId.nullish() };

const Evaluation = BatchCall.extend({
  ...organization,
  dry_run: z.boolean().nullish(),
  explain: z.boolean().nullish(),
}).meta({ id: 'Evaluation' });

const failures = ['NOT_IN_GROUP', 'OUTSIDE_HOURS', 'CALLER_ID_REQUIRED'] as const;
const reasons = ['POLICY_ALLOW', 'POLICY_DENY', 'TEMPLATE', 'NO_ROUTE', ...failures, ...limitReasons] as const;
const actions = ['bridge', 'transfer', 'answer', 'playback', 'voicemail', 'hangup'] as const;

const Decision = z
  .object({
    allowed: z.boolean(),
    reason: z.enum(reasons),
    policy: z.object({ id: z.string(), name: z.string(), priority: z.int(), version: z.int() }).nullable(),
    rule: z.object({ priority: z.int(), pattern: z.string() }).nullable(),
    action: z.enum(actions).nullable(),
    destination: z.string().nullable(),
    captures: z.array(z.string()),
    routes: z.array(
      z.object({
        gateway: z.string().nullable(),
        name: z.string(),
        destination: z.string(),
        status: z.enum([...gatewayStatuses, 'unmanaged']),
      }),
    ),
    limits: z.object({
      /** Seconds. */
      max_duration: z.int().nullable(),
      /** `reset` in Unix seconds. */
      rate_limit: z.object({ limit: z.int(), remaining: z.int(), reset: z.int() }).nullable(),
    }),
    bypass_restrictions: z.boolean(),
    emergency: z.boolean(),
  })
  .meta({ id: 'Decision' });

const TraceEntry = z
  .object({
    policy_id: z.string(),
    name: z.string(),
    priority: z.int(),
    outcome: z.enum(['matched', 'applied', ...failures]),
  })
  .meta({ id: 'TraceEntry' });

const plan = [reads('planhead'), reads('planchange'), reads('plan')] as const;
/** What decides one call and counts it, limits included. */
const decides = [
  ...plan,
  reads('user'),
  reads('gateway-health'),
  writes('callrate'),
  reads('billingprofile'),
  reads('balance'),
  reads('chargeday'),
  reads('tariff'),
  reads('tariffchunk'),
  writes('log'),
  writes('email'),
  writes('rate'),
  records('call.denied'),
  records('email.queued'),
] as const;

export const postEvaluate = endpoint('POST /dialplan/evaluate', {
  summary: 'Decide one call',
  description:
    'A denied call is a 200 with `allowed: false`: the question was answered. An emergency call that nothing else takes goes over any gateway that answers its pings: `TEMPLATE` without a `rule`. `dry_run` looks at the limits without counting, and has no effect.',
  scope: 'dialplan:read',
  body: Evaluation,
  answers: {
    200: z.object({
      decision: Decision,
      plan_version: z.string(),
      evaluated_at: Timestamp,
      trace: z.array(TraceEntry).optional(),
    }),
  },
  errors: ['UNKNOWN_USER'],
  effects: decides,
  rate: 'switch',
});

const Replayed = z.object({ called: z.string(), caller: z.string(), at: Timestamp, cdr_id: z.string() });

export const postEvaluateBatch = endpoint('POST /dialplan/evaluate/batch', {
  summary: 'Decide many calls, also against a draft of the plan',
  description:
    'Against the live plan or, with `draft`, against the live plan with that change laid over it: `changed` shows what would have gone differently. ' +
    'In place of `calls`, `cdrs` replays stored outbound CDRs at their own times, newest first. No limit is looked at, and there is no effect. ' +
    'What of a draft would not be saved is 422, item by item. `explain` adds the `trace` to each of `results`, which are by the draft where there is one.',
  scope: 'dialplan:read',
  body: z
    .object({
      calls: z.array(BatchCall).min(1).max(1_000).optional(),
      cdrs: z.object({ start: Instant, end: Instant, limit: z.int().min(1).max(10_000).default(10_000) }).optional(),
      draft: Draft.nullish(),
      /** Adds `trace` to each of `results`. */
      explain: z.boolean().nullish(),
      ...organization,
    })
    .refine(({ calls, cdrs }) => (calls === undefined) !== (cdrs === undefined), {
      path: ['calls'],
      message: 'either calls or cdrs',
    })
    .meta({ id: 'EvaluationBatch' }),
  bodyLimit: 4 * 1_024 * 1_024,
  answers: {
    200: z.object({
      /** By the draft, where there is one; of `calls` only. */
      results: z.array(Decision.extend({ index: z.int(), trace: z.array(TraceEntry).optional() })).optional(),
      /** Of `cdrs` only. */
      summary: z.object({ evaluated: z.int(), allowed: z.int(), denied: z.int(), changed: z.int() }).optional(),
      /** With `draft` only. The first 1,000 of CDRs; fewer where the answer would be too large. */
      changed: z
        .array(z.object({ index: z.int(), before: Decision, after: Decision, call: Replayed.optional() }))
        .optional(),
      plan_version: z.string(),
    }),
  },
  errors: [
    'UNKNOWN_USER',
    'INVALID_PATTERN',
    'UNKNOWN_GATEWAY',
    'UNKNOWN_POLICY',
    'POLICY_NAME_EXISTS',
    'LIMIT_EXCEEDED',
  ],
  effects: [
    ...plan,
    reads('user'),
    reads('gateway-health'),
    reads('policy'),
    reads('policy-name'),
    reads('template'),
    reads('group'),
    reads('group-name'),
    reads('cdr', 'GSI1'),
  ],
});

export const postFreeswitch = endpoint('POST /dialplan/freeswitch', {
  summary: "Decide one call as FreeSWITCH's mod_xml_curl asks for it",
  description:
    'Decided and counted as by POST /dialplan/evaluate. Answers a FreeSWITCH document with the one extension that dials the call, or `<result status="not found"/>`. ' +
    "The context `org_1001` names the organization, which must be the request's; `variable_trunkline_user_id` may name who calls.",
  scope: 'dialplan:read',
  body: SwitchForm,
  bodyForms: ['form'],
  answers: { 200: raw(['text/xml']) },
  errors: ['UNKNOWN_USER', 'FORBIDDEN_ORG'],
  effects: decides,
  rate: 'switch',
});

export const dialplanEvaluator = resource('dialplan-evaluator', {
  area: 'dialplan',
  format: 'dialplan',
  endpoints: [postEvaluate, postEvaluateBatch, postFreeswitch],
  provisioned: true,
  // A whole vCPU (Lambda quotas: 1,769 MB), since a caller hears ringing only after the decision.
  memory: 1_769,
  cascades: [after('org.closed', [writes('planhead'), writes('planchange'), writes('plan')])],
});
