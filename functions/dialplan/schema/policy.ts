import * as z from 'zod';
import { AppError, errorKinds } from '#errors.ts';
import { Email, Name, text, TimeZone } from '#schema/values.ts';
import { attestations, verstats } from '#telephony/caller-identity.ts';
import { isNamedBy } from '#telephony/gateway.ts';

/** A policy: whether a number may be called, by whom, when, and over which gateways. */

export const policyErrors = errorKinds({
  POLICY_IN_USE: [409, 'Other resources refer to the policy.'],
});

export const policyStatuses = ['active', 'inactive', 'draft'] as const;
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const Description = text(1_000);
const Priority = z.int().min(0).max(1_000_000);
const Status = z.enum(policyStatuses);

/** What the fields of a policy mean, for requests and answers. */
export const described = {
  name: 'Name, 1 to 128 characters, unique in the organization (case ignored)',
  description: 'Free text of up to 1,000 characters',
  status: 'Only an `active` policy takes part in decisions',
  priority: 'Rank among the policies, 0 to 1,000,000; a lower number is decided first',
  conditions: 'What must hold for the policy to decide a call',
  actions: 'What the policy does with a call',
  pattern: 'RE2 expression that is searched in the dialed string, up to 512 characters; not anchored by itself',
  time_of_day: 'Daily window of wall-clock time in which the policy applies',
  user_groups:
    'Groups by name or id, up to 100; the caller must be in one of them. A save resolves each name to its group; a ' +
    'name without a group is saved with a warning, and compared with the `groups` of calls',
  caller_id_required: 'The caller must show a number; absent, empty and `anonymous` are withheld',
  verstat:
    'The verification of the caller by STIR/SHAKEN must be one of these. Calls that did not come from outside have ' +
    '`No-TN-Validation`',
  attestation: 'The attestation of the caller by STIR/SHAKEN must be one of these',
  allow: 'true permits the call, false denies it',
  gateway:
    'Gateway to route over, by name or id; without it the template routes the call. A name without a managed gateway ' +
    'is passed to the switch, and saved with a warning',
  failover_gateways: 'Up to 5 gateways to try after `gateway`, in this order',
  rate_limit: 'Calls per minute that the policy permits, 1 to 1,000,000',
  max_duration: 'Longest call in seconds, 1 to 86,400',
  record: 'The SIP service records the calls that the policy permits; other switches read it in the decision',
  log: 'Writes a line to the log of the organization for each call that the policy decides',
  notify:
    'Up to 20 e-mail addresses: one e-mail per minute at most, about its first call, to the first address with ' +
    'copies to the others. Others than those of users and of the billing contact must confirm first',
  bypass_restrictions:
    'Decides before all other policies, and without `rate_limit`. Limits that the seller sets hold: balance, credit, ' +
    'spend, calls in progress, suspension and calls without a rate',
} as const;

const isDistinct = (list: readonly string[]): boolean => new Set(list).size === list.length;

/** The form of a name under which it is unique in its organization. */
export const policyNameKey = (name: string): string => name.toLowerCase();

const clockTime = '([01][0-9]|2[0-3]):[0-5][0-9]';

/** A daily window of wall-clock time: `start` inclusive, `end` exclusive; `start` after `end` runs over midnight. */
export const TimeOfDay = z
  .object({
    start: z
      .string()
      .regex(new RegExp(`^${clockTime}$`), 'must be a time from 00:00 to 23:59')
      .describe('Start of the window, `HH:MM`, inclusive'),
    end: z
      .string()
      .regex(new RegExp(`^(${clockTime}|24:00)$`), 'must be a time from 00:00 to 24:00')
      .describe('End of the window, `HH:MM`, exclusive; before `start` it is on the next day'),
    timezone: TimeZone.optional().describe(
      'IANA time zone; default: the zone of the organization at the time of the call',
    ),
    days: z
      .array(z.enum(weekdays))
      .min(1)
      .refine(isDistinct, 'names a day twice')
      .optional()
      .describe(
        'Days on which the window opens: the part after midnight belongs to the day before; default: every day',
      ),
  })
  .refine((window) => window.start !== window.end, { path: ['end'], message: 'must differ from start' });
export type TimeOfDay = z.output<typeof TimeOfDay>;

/** Becomes part of a dial string. A reference that begins with `gw_` is an id. */
const GatewayReference = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'must be the id or name of a gateway');

/** The schema of `pattern` has no limits: `compilePattern` rejects a pattern with the position of the fault. */
const conditionFields = {
  pattern: z.string().trim().meta({ minLength: 1, maxLength: 512 }),
  time_of_day: TimeOfDay,
  user_groups: z
    .array(text(64, 1))
    .min(1)
    .max(100)
    .refine((names) => isDistinct(names.map((name) => name.toLowerCase())), 'names a group twice'),
  caller_id_required: z.boolean(),
  verstat: z.array(z.enum(verstats)).min(1).refine(isDistinct, 'names a value twice'),
  attestation: z.array(z.enum(attestations)).min(1).refine(isDistinct, 'names a value twice'),
};

const actionFields = {
  allow: z.boolean(),
  gateway: GatewayReference,
  failover_gateways: z.array(GatewayReference).min(1).max(5).refine(isDistinct, 'names a gateway twice'),
  rate_limit: z.int().min(1).max(1_000_000),
  max_duration: z.int().min(1).max(86_400),
  record: z.boolean(),
  log: z.boolean(),
  notify: z.array(Email).min(1).max(20).refine(isDistinct, 'names an address twice'),
  bypass_restrictions: z.boolean(),
};

export const PolicyConditions = z.object({
  pattern: conditionFields.pattern.describe(described.pattern),
  time_of_day: conditionFields.time_of_day.optional().describe(described.time_of_day),
  user_groups: conditionFields.user_groups.optional().describe(described.user_groups),
  caller_id_required: conditionFields.caller_id_required.optional().describe(described.caller_id_required),
  verstat: conditionFields.verstat.optional().describe(described.verstat),
  attestation: conditionFields.attestation.optional().describe(described.attestation),
});
export type PolicyConditions = z.output<typeof PolicyConditions>;

export const PolicyActions = z
  .object({
    allow: actionFields.allow.describe(described.allow),
    gateway: actionFields.gateway.optional().describe(described.gateway),
    failover_gateways: actionFields.failover_gateways.optional().describe(described.failover_gateways),
    rate_limit: actionFields.rate_limit.optional().describe(described.rate_limit),
    max_duration: actionFields.max_duration.optional().describe(described.max_duration),
    record: actionFields.record.optional().describe(described.record),
    log: actionFields.log.optional().describe(described.log),
    notify: actionFields.notify.optional().describe(described.notify),
    bypass_restrictions: actionFields.bypass_restrictions.optional().describe(described.bypass_restrictions),
  })
  .refine((actions) => actions.failover_gateways === undefined || actions.gateway !== undefined, {
    path: ['failover_gateways'],
    message: 'needs a gateway',
  })
  .refine((actions) => actions.gateway === undefined || isDistinct(gatewaysOf(actions)), {
    path: ['failover_gateways'],
    message: 'names the gateway again',
  });
export type PolicyActions = z.output<typeof PolicyActions>;

/** The fields of a new policy. */
export const PolicyFields = z.object({
  name: Name.describe(described.name),
  description: Description.nullish()
    .transform((description) => description ?? undefined)
    .describe(described.description),
  status: Status.default('draft').describe(described.status),
  priority: Priority.default(1000).describe(described.priority),
  conditions: PolicyConditions.describe(described.conditions),
  actions: PolicyActions.describe(described.actions),
});
export type PolicyFields = z.output<typeof PolicyFields>;

/**
 * The changes of an update: an absent field stays; `conditions` and `actions` merge by key, and `null` removes a key
 * (`time_of_day` is one key).
 */
export const PolicyUpdate = z.object({
  name: Name.optional().describe(described.name),
  description: Description.nullish().describe(described.description),
  status: Status.optional().describe(described.status),
  priority: Priority.optional().describe(described.priority),
  conditions: z
    .object({
      pattern: conditionFields.pattern.describe(described.pattern),
      time_of_day: conditionFields.time_of_day.nullable().describe(described.time_of_day),
      user_groups: conditionFields.user_groups.nullable().describe(described.user_groups),
      caller_id_required: conditionFields.caller_id_required.nullable().describe(described.caller_id_required),
      verstat: conditionFields.verstat.nullable().describe(described.verstat),
      attestation: conditionFields.attestation.nullable().describe(described.attestation),
    })
    .partial()
    .optional()
    .describe(`${described.conditions}; merged by key, null removes a key`),
  actions: z
    .object({
      allow: actionFields.allow.describe(described.allow),
      gateway: actionFields.gateway.nullable().describe(described.gateway),
      failover_gateways: actionFields.failover_gateways.nullable().describe(described.failover_gateways),
      rate_limit: actionFields.rate_limit.nullable().describe(described.rate_limit),
      max_duration: actionFields.max_duration.nullable().describe(described.max_duration),
      record: actionFields.record.nullable().describe(described.record),
      log: actionFields.log.nullable().describe(described.log),
      notify: actionFields.notify.nullable().describe(described.notify),
      bypass_restrictions: actionFields.bypass_restrictions.nullable().describe(described.bypass_restrictions),
    })
    .partial()
    .optional()
    .describe(`${described.actions}; merged by key, null removes a key`),
});
export type PolicyUpdate = z.output<typeof PolicyUpdate>;

/** A stored policy. */
export type Policy = PolicyFields & {
  readonly id: string;
  /** 1 at first, one more with each change. */
  readonly version: number;
  readonly metadata: { readonly created_by: string; readonly last_modified_by: string };
  /** ISO 8601 UTC. */
  readonly created_at: string;
  /** ISO 8601 UTC. */
  readonly updated_at: string;
  /** By the lower-case entry of `user_groups`: the id of the group that had this id or name at the save. */
  readonly group_ids: Readonly<Record<string, string>>;
  /** By the lower-case gateway name: the id of the managed gateway that had this name at the save. */
  readonly gateway_ids?: Readonly<Record<string, string>>;
};

/** Author and time (ISO 8601 UTC) of a change. */
export type Change = { readonly by: string; readonly at: string };

/** The ids that a save resolved from the names in a policy. */
export type ResolvedIds = Pick<Policy, 'group_ids' | 'gateway_ids'>;

/** Version 1 of a policy. */
export const newPolicy = (fields: PolicyFields, id: string, resolvedIds: ResolvedIds, change: Change): Policy => ({
  ...fields,
  id,
  version: 1,
  metadata: { created_by: change.by, last_modified_by: change.by },
  created_at: change.at,
  updated_at: change.at,
  ...resolvedIds,
});

/** The next version of a policy. */
export const nextVersion = (
  policy: Policy,
  fields: PolicyFields,
  resolvedIds: ResolvedIds,
  change: Change,
): Policy => ({
  ...policy,
  ...fields,
  version: policy.version + 1,
  metadata: { ...policy.metadata, last_modified_by: change.by },
  updated_at: change.at,
  ...resolvedIds,
});

/**
 * Merges an update into the fields of a policy; a new policy has none.
 * @throws AppError VALIDATION_FAILED if the merged fields break a rule (a fail-over gateway without a gateway)
 */
export function mergeFields(policy: Partial<PolicyFields>, update: PolicyUpdate): PolicyFields {
  const merged = PolicyFields.safeParse({
    name: update.name ?? policy.name,
    description: update.description === undefined ? policy.description : update.description,
    status: update.status ?? policy.status,
    priority: update.priority ?? policy.priority,
    conditions: mergeByKey(policy.conditions, update.conditions),
    actions: mergeByKey(policy.actions, update.actions),
  });
  if (merged.success) return merged.data;
  const details = merged.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  throw new AppError('VALIDATION_FAILED', details.map(({ path, message }) => `${path}: ${message}`).join('; '), {
    details,
  });
}

function mergeByKey(present: object | undefined, update: object | undefined): Record<string, unknown> {
  const merged = Object.entries({ ...present, ...update });
  return Object.fromEntries(merged.filter(([, value]) => value !== null && value !== undefined));
}

/** The gateways that a policy may name after an update: those before it and those in it. */
export const gatewaysToResolve = ({ actions }: PolicyFields, update: PolicyUpdate): readonly string[] =>
  [...gatewaysOf(actions), update.actions?.gateway ?? [], update.actions?.failover_gateways ?? []].flat();

/**
 * The id that a save resolved from a name in lower case. A name may be `constructor`, so that only own properties
 * count.
 */
export const resolvedId = (ids: Readonly<Record<string, string>> | undefined, key: string): string | undefined =>
  ids !== undefined && Object.hasOwn(ids, key) ? ids[key] : undefined;

type GatewayActions = {
  readonly gateway?: string | undefined;
  readonly failover_gateways?: readonly string[] | undefined;
};

/** The gateways that a policy names, in the order of trying; none if the template routes its calls. */
export const gatewaysOf = (actions: GatewayActions): readonly string[] =>
  actions.gateway === undefined ? [] : [actions.gateway, ...(actions.failover_gateways ?? [])];

/** The part of a policy that names gateways. */
export type RoutingPolicy = Pick<Policy, 'id' | 'name' | 'priority' | 'conditions' | 'actions' | 'gateway_ids'>;

/** The references of a policy to a gateway: its id, a name that a save resolved to it, or its unresolved name. */
export const referencesTo = (
  gateway: { readonly id: string; readonly name: string },
  { actions, gateway_ids: resolvedIds = {} }: RoutingPolicy,
): string[] =>
  gatewaysOf(actions).filter((reference) => isNamedBy(gateway, resolvedIds[reference.toLowerCase()] ?? reference));
