import * as z from 'zod';
import { cascadeAfter } from '#contract/consequences.ts';
import { decides, readsPlan } from '#contract/decision-effects.ts';
import { reads, writes } from '#contract/effects.ts';
import { endpoint, raw } from '#contract/endpoint.ts';
import { resource } from '#contract/resource.ts';
import { gatewayStatuses } from '#telephony/gateway-health.ts';
import { attestations, verstats } from '#telephony/caller-identity.ts';
import { CallId, Instant, OrganizationId, text, Timestamp } from '#schema/values.ts';
import { billingErrors } from '../../billing/schema/errors.ts';
import { dialplanErrors } from '../schema/errors.ts';
import { DialedString } from './switch-request.ts';
import { Draft } from './draft.ts';
import { examples } from './examples.ts';
import { limitReasons } from './call-limits.ts';
import { SwitchRequest } from './switch-request.ts';

const BatchCall = z
  .object({
    called: DialedString.describe('The dialed string, 1 to 64 characters of `0-9 * # + letters - . _ @`'),
    caller: text(64).nullish().describe('Number of the caller; absent, empty or `anonymous`: withheld'),
    user_id: z.string().max(128).nullish().describe('Id of the calling user, whose groups are added to `groups`'),
    groups: z.array(text(64, 1)).max(1_000).nullish().describe('Groups of the caller, by name or id, up to 1,000'),
    verstat: z.enum(verstats).nullish().describe('Verification of the caller; default: `No-TN-Validation`'),
    attestation: z.enum(attestations).nullish().describe('Attestation of the caller; default: none'),
    at: Instant.nullish().describe('Instant at which the call is decided; default: now'),
  })
  .meta({ id: 'EvaluatedCall' });

const organization = { org_id: OrganizationId.nullish().describe('Organization; default: that of the caller') };

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

const Evaluation = BatchCall.extend({
  ...organization,
  called: DialedString.optional().describe(
    'The dialed string, 1 to 64 characters of `0-9 * # + letters - . _ @`; required without `renew` and `release`',
  ),
  call_id: CallId.nullish().describe(
    'Id of the call as its CDR will have it, up to 128 characters; a prepaid call without one gets an id',
  ),
  renew: CallId.nullish().describe('Raises the reservation of this call; nothing is decided'),
  release: CallId.nullish().describe('Ends the reservation of this call, which was not answered; nothing is decided'),
  dry_run: z.boolean().nullish().describe('Looks at the limits without counting, and has no effects'),
  explain: z.boolean().nullish().describe('Adds the `trace`'),
})
  .refine(({ renew, release }) => !isGiven(renew) || !isGiven(release), {
    path: ['release'],
    message: 'send either renew or release',
  })
  .refine(({ renew, release, called, dry_run }) => !(isGiven(renew ?? release) && (isGiven(called) || dry_run)), {
    path: ['called'],
    message: 'send neither called nor dry_run with renew or release',
  })
  .meta({ id: 'Evaluation' });

const failures = ['NOT_IN_GROUP', 'OUTSIDE_HOURS', 'CALLER_ID_REQUIRED', 'CALLER_NOT_VERIFIED'] as const;
const reasons = ['POLICY_ALLOW', 'POLICY_DENY', 'TEMPLATE', 'NO_ROUTE', ...failures, ...limitReasons] as const;
const actions = ['bridge', 'transfer', 'answer', 'playback', 'voicemail', 'hangup'] as const;

const DecidingPolicy = z.object({
  id: z.string().describe('Id of the policy'),
  name: z.string().describe('Name of the policy'),
  priority: z.int().describe('Priority of the policy'),
  version: z.int().describe('Version of the policy'),
});

const Rule = z.object({
  priority: z.int().describe('Priority of the rule'),
  pattern: z.string().describe('Pattern of the rule'),
});

const Route = z.object({
  gateway: z.string().nullable().describe('Id of the gateway; null if the platform does not manage it'),
  name: z.string().describe('Name of the gateway'),
  destination: z.string().describe('Dial string for FreeSWITCH'),
  status: z.enum([...gatewayStatuses, 'unmanaged']).describe('Health of the gateway'),
});

const RateLimit = z.object({
  limit: z.int().describe('Calls per minute'),
  remaining: z.int().describe('Calls left in this minute'),
  reset: z.int().describe('End of the minute, Unix seconds'),
});

const Reservation = z.object({
  call_id: z.string().describe('Id of the call; its CDR must have the same'),
  amount: z.string().describe('Decimal amount'),
  currency: z.string().describe('ISO 4217 code'),
  expires_at: Timestamp.describe(
    'When the reservation ends unless the CDR or `release` ends it, or `renew` extends it',
  ),
});

const CallLimits = z.object({
  max_duration: z.int().nullable().describe('Longest call in seconds, for the switch to enforce; null: no limit'),
  rate_limit: RateLimit.nullable().describe('Rate limit of the policy; null: no limit, or not looked at'),
  reservation: Reservation.nullable().describe('What a call of a prepaid organization has reserved; null: nothing'),
});

const Decision = z
  .object({
    allowed: z.boolean().describe('Whether the call is permitted'),
    reason: z.enum(reasons).describe('Why the call is permitted or denied'),
    seller: z
      .literal(true)
      .optional()
      .describe(
        'With `NO_CREDIT` or `NO_RATE`: it is a seller above the organization that cannot pay or price the call',
      ),
    policy: DecidingPolicy.nullable().describe('The policy that decided; null if none did'),
    rule: Rule.nullable().describe('The template rule that gave action and destination; null if none did'),
    action: z.enum(actions).nullable().describe('What to do with the call; null if it is denied'),
    destination: z.string().nullable().describe('Target of the action; null if the call is denied'),
    captures: z
      .array(z.string())
      .describe('Groups of the pattern of the rule, else of the policy; empty text for a group without a match'),
    routes: z.array(Route).describe('Gateways in the order of trying; empty unless the destination is a gateway'),
    limits: CallLimits.describe('Limits of the call'),
    record: z.boolean().describe('Whether the policy asks for a recording of the call'),
    bypass_restrictions: z.boolean().describe('Whether the policy bypasses other policies and its rate limit'),
    emergency: z.boolean().describe("Whether the number is an emergency number of the organization's country"),
  })
  .meta({ id: 'Decision' });

const TraceEntry = z
  .object({
    policy_id: z.string().describe('Id of the policy'),
    name: z.string().describe('Name of the policy'),
    priority: z.int().describe('Priority of the policy'),
    outcome: z
      .enum(['matched', 'applied', ...failures])
      .describe('`applied`: the policy decided; `matched`: an earlier policy had decided; else the failed condition'),
  })
  .meta({ id: 'TraceEntry' });

const Trace = z.array(TraceEntry).describe('With `explain`: all policies whose pattern matched, in order');
const PlanVersion = z.string().describe('Version of the dial plan that decided');

const Decided = z
  .object({
    decision: Decision.describe('The decision'),
    plan_version: PlanVersion,
    evaluated_at: Timestamp.describe('Instant at which the call was decided'),
    trace: Trace.optional(),
  })
  .meta({ id: 'CallDecision' });

const Renewed = z
  .object({
    max_duration: z.int().describe('With `renew`: longest call in seconds, from its answer on'),
    reservation: Reservation.describe('With `renew`: the reservation; unchanged if nothing is left to raise it'),
  })
  .meta({ id: 'RenewedReservation' });

const Released = z
  .object({ released: z.boolean().describe('With `release`: whether the call had a reservation') })
  .meta({ id: 'ReleasedReservation' });

export const evaluateCall = endpoint('POST /dialplan/evaluate', {
  id: 'evaluateCall',
  summary: 'Decide one call, or raise or end its reservation',
  description:
    'A denied call is answered with 200 and `allowed: false`. At most 60,000 requests a minute, with those of ' +
    '`/dialplan/freeswitch`. An emergency call that nothing else takes goes over all enabled gateways, healthy ones ' +
    'first; its reason is `TEMPLATE`, without a `rule`. A call of a prepaid organization over a gateway reserves ' +
    'what it may cost, until its CDR, `release` or `expires_at`. The reservation belongs to the credential that ' +
    'evaluated the call (of a session: to its account). Others need `dialplan:write` to release, renew or replace ' +
    'it. Only the SIP service changes the reservation of a call that it carries (`CALL_IN_PROGRESS`). `UNAVAILABLE`: ' +
    'too many calls of a prepaid organization were set up at once, and nothing is reserved.',
  scope: 'dialplan:read',
  body: Evaluation,
  answers: { 200: z.union([Decided, Renewed, Released]) },
  errors: ['MISSING_FIELD', 'UNKNOWN_USER', 'NOT_FOUND', 'CALL_IN_PROGRESS', 'UNAVAILABLE'],
  actsOn: { none: 'who calls' },
  effects: decides,
  rate: 'switch',
});

const Replayed = z.object({
  called: z.string().describe('The dialed string'),
  caller: z.string().describe('Number of the caller'),
  at: Timestamp.describe('Start of the call'),
  cdr_id: z.string().describe('Id of the CDR'),
});

const Cdrs = z.object({
  start: Instant.describe('Start of the period, inclusive'),
  end: Instant.describe('End of the period, exclusive'),
  limit: z.int().min(1).max(10_000).default(10_000).describe('Number of CDRs at most, 1 to 10,000'),
});

const Result = Decision.extend({
  index: z.int().describe('Position of the call in `calls`'),
  trace: Trace.optional(),
});

const Change = z.object({
  index: z.int().describe('Position of the call in `calls`, or among the CDRs'),
  before: Decision.describe('Decision by the live plan'),
  after: Decision.describe('Decision with the draft'),
  call: Replayed.optional().describe('With `cdrs`: the call of the CDR'),
});

const Summary = z.object({
  evaluated: z.int().describe('Number of calls'),
  allowed: z.int().describe('Calls that are permitted'),
  denied: z.int().describe('Calls that are denied'),
  changed: z.int().describe('Calls that the draft decides differently'),
});

export const evaluateCallBatch = endpoint('POST /dialplan/evaluate/batch', {
  id: 'evaluateCallBatch',
  summary: 'Decide many calls, also with a draft of the plan',
  description:
    'Decides `calls`, or the calls of stored outbound CDRs at their own times, newest first. With `draft`, decides ' +
    'them by the live plan with the draft applied, and `changed` has the calls that the draft decides differently. ' +
    'A new version of a policy alone is no difference. The limits are not looked at, and there are no effects. An ' +
    'item of a draft that could not be saved is answered with 422 and its path. Results above 6 MB are ' +
    '`LIMIT_EXCEEDED`.',
  scope: 'dialplan:read',
  body: z
    .object({
      calls: z.array(BatchCall).min(1).max(1_000).optional().describe('Calls to decide, 1 to 1,000'),
      cdrs: Cdrs.optional().describe('Period of outbound CDRs whose calls to decide, instead of `calls`'),
      draft: Draft.nullish().describe('Change of the plan to try'),
      explain: z.boolean().nullish().describe('Adds the `trace` to each of `results`'),
      ...organization,
    })
    .refine(({ calls, cdrs }) => (calls === undefined) !== (cdrs === undefined), {
      path: ['calls'],
      message: 'send either calls or cdrs',
    })
    .meta({ id: 'EvaluationBatch' }),
  bodyLimit: 4 * 1_024 * 1_024,
  answers: {
    200: z.object({
      results: z.array(Result).optional().describe('With `calls`: the decisions, by the draft if there is one'),
      summary: Summary.optional().describe('With `cdrs`: the number of decisions'),
      changed: z
        .array(Change)
        .optional()
        .describe('With `draft`: the calls that it decides differently; of CDRs the first 1,000; fewer beyond 6 MB'),
      plan_version: PlanVersion,
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
    ...readsPlan,
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

export const evaluateFreeswitchCall = endpoint('POST /dialplan/freeswitch', {
  id: 'evaluateFreeswitchCall',
  summary: 'Decide one call for mod_xml_curl of FreeSWITCH',
  description:
    'Decides and counts the call as POST /dialplan/evaluate does. The answer is a FreeSWITCH document with one ' +
    'extension. It dials the call, or logs why it is denied and hangs up: with `CALL_REJECTED`, or with ' +
    '`NORMAL_TEMPORARY_FAILURE` if a limit denies it. Only a call that nothing routes (`NO_ROUTE`) is answered with ' +
    '`<result status="not found"/>`, after which FreeSWITCH looks in its own dial plan. A context of the form ' +
    '`org_1001` must name the organization of the request. At most 60,000 requests a minute, with those of ' +
    '`/dialplan/evaluate`.',
  scope: 'dialplan:read',
  body: SwitchRequest,
  bodyForms: ['form'],
  answers: { 200: raw(['text/xml']) },
  errors: ['UNKNOWN_USER', 'FORBIDDEN_ORG', 'CALL_IN_PROGRESS'],
  actsOn: { none: 'who calls' },
  effects: decides,
  rate: 'switch',
});

export const dialplanEvaluator = resource('dialplan-evaluator', {
  area: 'dialplan',
  format: 'dialplan',
  examples,
  errors: { ...billingErrors, ...dialplanErrors },
  endpoints: [evaluateCall, evaluateCallBatch, evaluateFreeswitchCall],
  provisioned: true,
  // 1,769 MB give a whole vCPU (AWS Lambda Developer Guide, "Memory"): a caller hears ringing after the decision.
  memory: 1_769,
  cascades: [cascadeAfter('org.closed', [writes('planhead'), writes('planchange'), writes('plan')])],
});
