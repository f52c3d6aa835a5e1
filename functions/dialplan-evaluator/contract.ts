import * as z from 'zod';
import { reads } from '../../shared/contract/effects.ts';
import { endpoint } from '../../shared/contract/endpoint.ts';
import { resource } from '../../shared/contract/resource.ts';
import { Instant, OrganizationId, text, Timestamp } from '../../shared/schema/values.ts';

/** SIP user names and URIs can be dialed too. A broken dialed string is 400 (dialplan.md, Patterns). */
const DialedString = z.string().trim().refine((dialed) => /^[0-9A-Za-z*#+._@-]{1,64}$/.test(dialed), {
  message: 'must be 1 to 64 of 0-9 * # + letters - . _ @',
  params: { code: 'INVALID_PARAMETER' },
});

const Evaluation = z.object({
  called: DialedString,
  /** Absent, empty or `anonymous`: withheld. */
  caller: text(64).nullish(),
  user_id: z.string().max(128).nullish(),
  groups: z.array(text(64, 1)).max(1_000).nullish(),
  at: Instant.nullish(),
  org_id: OrganizationId.nullish(),
  dry_run: z.boolean().nullish(),
  explain: z.boolean().nullish(),
});

const failures = ['NOT_IN_GROUP', 'OUTSIDE_HOURS', 'CALLER_ID_REQUIRED'] as const;
const reasons = ['POLICY_ALLOW', 'POLICY_DENY', 'TEMPLATE', 'NO_ROUTE', ...failures] as const;
const actions = ['bridge', 'transfer', 'answer', 'playback', 'voicemail', 'hangup'] as const;

const Decision = z.object({
  allowed: z.boolean(),
  reason: z.enum(reasons),
  policy: z.object({ id: z.string(), name: z.string(), priority: z.int(), version: z.int() }).nullable(),
  rule: z.object({ priority: z.int(), pattern: z.string() }).nullable(),
  action: z.enum(actions).nullable(),
  destination: z.string().nullable(),
  captures: z.array(z.string()),
  routes: z.array(z.object({ gateway: z.string().nullable(), name: z.string(), destination: z.string(), status: z.literal('unmanaged') })),
  /** Seconds. */
  limits: z.object({ max_duration: z.int().nullable(), rate_limit: z.null() }),
  bypass_restrictions: z.boolean(),
  emergency: z.boolean(),
});

const TraceEntry = z.object({ policy_id: z.string(), name: z.string(), priority: z.int(), outcome: z.enum(['matched', 'applied', ...failures]) });

export const postEvaluate = endpoint('POST /dialplan/evaluate', {
  summary: 'Decide one call',
  description: 'A denied call is a 200 with `allowed: false`: the question was answered.',
  scope: 'dialplan:read',
  body: Evaluation,
  answers: { 200: z.object({ decision: Decision, plan_version: z.string(), evaluated_at: Timestamp, trace: z.array(TraceEntry).optional() }) },
  errors: ['UNKNOWN_USER'],
  effects: [reads('planhead'), reads('planchange'), reads('plan'), reads('user')],
  rate: 'switch',
});

export const dialplanEvaluator = resource('dialplan-evaluator', {
  area: 'dialplan',
  face: 'dialplan',
  endpoints: [postEvaluate],
  provisioned: true,
  // A whole vCPU (Lambda quotas: 1,769 MB), since a caller hears ringing only after the decision.
  memory: 1_769,
});
