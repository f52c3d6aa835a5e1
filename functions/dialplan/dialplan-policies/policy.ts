import * as z from 'zod';
import { AppError } from '../../../shared/errors.ts';
import { Email, Id, Name, text, TimeZone, Timestamp } from '../../../shared/schema/values.ts';

/** Seed 004, "Data Models", with the rules that dialplan.md adds. */

export const policyStatuses = ['active', 'inactive', 'draft'] as const;
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

const Description = text(1_000);
const Priority = z.int().min(0).max(1_000_000);

const isDistinct = (list: readonly string[]): boolean => new Set(list).size === list.length;

const clockTime = '([01][0-9]|2[0-3]):[0-5][0-9]';

/** A daily window of wall-clock time: `start` inclusive, `end` exclusive; `start` after `end` runs over midnight. */
export const TimeOfDay = z
  .object({
    start: z.string().regex(new RegExp(`^${clockTime}$`), 'is no time from 00:00 to 23:59'),
    end: z.string().regex(new RegExp(`^(${clockTime}|24:00)$`), 'is no time from 00:00 to 24:00'),
    /** Absent: the organization's zone, whatever it is at the time of the call. */
    timezone: TimeZone.optional(),
    /** The days on which the window opens; absent: every day. */
    days: z.array(z.enum(weekdays)).min(1).refine(isDistinct, 'names a day twice').optional(),
  })
  .refine((window) => window.start !== window.end, { path: ['end'], message: 'is the same as start' });
export type TimeOfDay = z.output<typeof TimeOfDay>;

/** Stands in dial strings (telephony.md, Gateways). A name beginning with `gw_` is a gateway's id. */
const GatewayReference = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'is no gateway id or name');

/** `pattern` is only bounded by its own compiler, whose refusal (`INVALID_PATTERN`) names the position. */
const conditionFields = {
  pattern: z.string().trim().meta({ minLength: 1, maxLength: 512 }),
  time_of_day: TimeOfDay,
  user_groups: z
    .array(text(64, 1))
    .min(1)
    .max(100)
    .refine((names) => isDistinct(names.map((name) => name.toLowerCase())), 'names a group twice'),
  caller_id_required: z.boolean(),
};

const actionFields = {
  allow: z.boolean(),
  gateway: GatewayReference,
  failover_gateways: z.array(GatewayReference).min(1).max(5).refine(isDistinct, 'names a gateway twice'),
  /** Calls per minute. */
  rate_limit: z.int().min(1).max(1_000_000),
  /** Seconds. */
  max_duration: z.int().min(1).max(86_400),
  log: z.boolean(),
  notify: z.array(Email).min(1).max(20).refine(isDistinct, 'names an address twice'),
  bypass_restrictions: z.boolean(),
};

export const PolicyConditions = z.object(conditionFields).partial().required({ pattern: true });
export type PolicyConditions = z.output<typeof PolicyConditions>;

export const PolicyActions = z
  .object(actionFields)
  .partial()
  .required({ allow: true })
  .refine((actions) => actions.failover_gateways === undefined || actions.gateway !== undefined, {
    path: ['failover_gateways'],
    message: 'needs a gateway',
  })
  .refine((actions) => actions.gateway === undefined || isDistinct(gatewaysOf(actions)), {
    path: ['failover_gateways'],
    message: 'names the gateway again',
  });
export type PolicyActions = z.output<typeof PolicyActions>;

/** What PUT /dialplan/policy takes: the fields that are the caller's to set. */
export const PolicyFields = z.object({
  name: Name,
  description: Description.nullish().transform((description) => description ?? undefined),
  status: z.enum(policyStatuses).default('draft'),
  /** Lower goes first. */
  priority: Priority.default(1000),
  conditions: PolicyConditions,
  actions: PolicyActions,
});
export type PolicyFields = z.output<typeof PolicyFields>;

/**
 * What POST /dialplan/policy takes beside the id: what is absent stays; `conditions` and `actions` merge by
 * key, `null` removing one (`time_of_day` is one key).
 */
export const PolicyUpdate = z.object({
  name: Name.optional(),
  description: Description.nullish(),
  status: z.enum(policyStatuses).optional(),
  priority: Priority.optional(),
  conditions: z
    .object({
      pattern: conditionFields.pattern,
      time_of_day: conditionFields.time_of_day.nullable(),
      user_groups: conditionFields.user_groups.nullable(),
      caller_id_required: conditionFields.caller_id_required.nullable(),
    })
    .partial()
    .optional(),
  actions: z
    .object({
      allow: actionFields.allow,
      gateway: actionFields.gateway.nullable(),
      failover_gateways: actionFields.failover_gateways.nullable(),
      rate_limit: actionFields.rate_limit.nullable(),
      max_duration: actionFields.max_duration.nullable(),
      log: actionFields.log.nullable(),
      notify: actionFields.notify.nullable(),
      bypass_restrictions: actionFields.bypass_restrictions.nullable(),
    })
    .partial()
    .optional(),
});
export type PolicyUpdate = z.output<typeof PolicyUpdate>;

/** A policy as it is stored. */
export type Policy = PolicyFields & {
  readonly id: string;
  /** 1 at first, one more with each change. */
  readonly version: number;
  readonly metadata: { readonly created_by: string; readonly last_modified_by: string };
  /** ISO 8601 UTC. */
  readonly created_at: string;
  readonly updated_at: string;
  /** The id behind each of `user_groups` that was a group when saved, by its lower-case entry. */
  readonly group_ids: Readonly<Record<string, string>>;
  /** The id behind each gateway name that was managed when saved, by its lower-case form. */
  readonly gateway_ids?: Readonly<Record<string, string>>;
};

const TimeOfDayShown = z.object({
  start: z.string(),
  end: z.string(),
  timezone: z.string().optional(),
  days: z.array(z.enum(weekdays)).optional(),
});

const Version = z.int().min(1);

/** As answered. What was once accepted is shown, also when the rules have become stricter since. */
export const PolicyShown = z
  .object({
    id: Id('pol'),
    name: z.string(),
    description: z.string().optional(),
    status: z.enum(policyStatuses),
    priority: z.int(),
    version: Version,
    conditions: z.object({
      pattern: z.string(),
      time_of_day: TimeOfDayShown.optional(),
      user_groups: z.array(z.string()).optional(),
      caller_id_required: z.boolean().optional(),
    }),
    actions: z.object({
      allow: z.boolean(),
      gateway: z.string().optional(),
      failover_gateways: z.array(z.string()).optional(),
      rate_limit: z.int().optional(),
      max_duration: z.int().optional(),
      log: z.boolean().optional(),
      notify: z.array(z.string()).optional(),
      bypass_restrictions: z.boolean().optional(),
    }),
    metadata: z.object({ created_by: z.string(), last_modified_by: z.string() }),
    created_at: Timestamp,
    updated_at: Timestamp,
    /** In lists: whether all patterns are looked for at once, or this one alone, as it is too large. */
    compiled: z.enum(['merged', 'single']).optional(),
    /** With `include_history`: the versions below the present one, newest first. */
    history: z
      .array(
        z.object({ version: Version, changed_at: Timestamp, changed_by: z.string(), changes: z.array(z.string()) }),
      )
      .optional(),
  })
  .meta({ id: 'Policy' });

export type PolicyShown = z.input<typeof PolicyShown>;

/** Who changes a policy, and when (ISO 8601 UTC). */
export type Change = { readonly by: string; readonly at: string };

/** What a save remembers behind the names in it. */
export type Remembered = Pick<Policy, 'group_ids' | 'gateway_ids'>;

/** A policy as it is first stored. */
export const newPolicy = (fields: PolicyFields, id: string, remembered: Remembered, change: Change): Policy => ({
  ...fields,
  id,
  version: 1,
  metadata: { created_by: change.by, last_modified_by: change.by },
  created_at: change.at,
  updated_at: change.at,
  ...remembered,
});

/** The next version of a policy. */
export const changedPolicy = (
  policy: Policy,
  fields: PolicyFields,
  remembered: Remembered,
  change: Change,
): Policy => ({
  ...policy,
  ...fields,
  version: policy.version + 1,
  metadata: { ...policy.metadata, last_modified_by: change.by },
  updated_at: change.at,
  ...remembered,
});

/**
 * A policy's fields with an update laid over them; of a new policy there are none before. @throws AppError 422: what
 * may stand alone may not stand together
 */
export function mergedFields(policy: Partial<PolicyFields>, update: PolicyUpdate): PolicyFields {
  const merged = PolicyFields.safeParse({
    name: update.name ?? policy.name,
    description: update.description === undefined ? policy.description : update.description,
    status: update.status ?? policy.status,
    priority: update.priority ?? policy.priority,
    conditions: mergedByKey(policy.conditions, update.conditions),
    actions: mergedByKey(policy.actions, update.actions),
  });
  if (merged.success) return merged.data;
  const details = merged.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
  throw new AppError('VALIDATION_FAILED', details.map(({ path, message }) => `${path}: ${message}`).join('; '), {
    details,
  });
}

function mergedByKey(present: object | undefined, update: object | undefined): Record<string, unknown> {
  const merged = Object.entries({ ...present, ...update });
  return Object.fromEntries(merged.filter(([, value]) => value !== null && value !== undefined));
}

type NamedGateways = {
  readonly gateway?: string | undefined;
  readonly failover_gateways?: readonly string[] | undefined;
};

/** The gateways that a policy names, in the order of trying; none when the template routes its calls. */
export const gatewaysOf = (actions: NamedGateways): readonly string[] =>
  actions.gateway === undefined ? [] : [actions.gateway, ...(actions.failover_gateways ?? [])];

/** Gateways that a policy may name after an update: those of before, and those that the update names. */
export const gatewaysConcerned = ({ actions }: PolicyFields, update: PolicyUpdate): readonly string[] =>
  [...gatewaysOf(actions), update.actions?.gateway ?? [], update.actions?.failover_gateways ?? []].flat();
