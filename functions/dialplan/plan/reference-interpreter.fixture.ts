import { RE2JS } from 're2js';
import type { TimeOfDay } from '../schema/policy.ts';
import type { Call } from './decide.ts';
import type { GatewayIds, PlanGateway } from './gateways.ts';
import type { Group } from './groups.ts';
import type { PlanPolicy } from './plan.ts';
import type { GatewayStatus } from '#telephony/gateway-health.ts';
import type { PlanTemplate } from './template.ts';

/**
 * A direct implementation of functions/dialplan/README.md, "Evaluation". It shares no code with the evaluator: it
 * searches one pattern after the other with re2js, reads the clock from `Intl`, and computes everything again for each
 * call.
 */

/** A dial plan with all that decides its calls. */
export type GeneratedPlan = {
  readonly policies: readonly PlanPolicy[];
  readonly template: PlanTemplate | null;
  readonly groups: readonly Group[];
  readonly gateways: readonly PlanGateway[];
  /** The status of gateways, by id. */
  readonly health: Readonly<Record<string, GatewayStatus>>;
  readonly timezone: string;
  readonly country: 'GB' | 'DE' | 'US';
};

const emergencies = { GB: ['112', '911', '999'], DE: ['112', '911', '110'], US: ['112', '911'] } as const;

/** One function for all steps, so that it can be compared with the text. */
export function referenceDecision(generated: GeneratedPlan, call: Call, at: number) {
  const active = generated.policies.filter((policy) => policy.status === 'active');
  const order = active.sort((a, b) => rank(a) - rank(b) || a.priority - b.priority || (a.id > b.id ? 1 : -1));
  // The policies whose pattern matches.
  const matching = order.filter((policy) => groupsOf(policy.conditions.pattern, call.called) !== null);
  // Their conditions.
  const failures = matching.map((policy) => unmet(policy, generated, call, at));
  const first = failures.indexOf(null);
  const decider = matching[first];
  const gateAt = matching.findIndex((policy, index) => policy.actions.allow && failures[index] !== null);
  const trace = matching.map((policy, index) => ({
    policy_id: policy.id,
    name: policy.name,
    priority: policy.priority,
    outcome: first === -1 || index < first ? failures[index] : index === first ? 'applied' : 'matched',
  }));
  const emergency = emergencies[generated.country].some((number) => number === call.called);
  const taken = dialled(generated, call.called);
  // A rule that hangs up, or calls the number inside again, helps no one.
  const helpless = [`transfer ${call.called}`, `bridge user/${call.called}`];
  const isHelpless =
    taken !== null &&
    (taken.action === 'hangup' || helpless.includes(`${taken.action} ${taken.destination.replace(/@.*$/, '')}`));
  const route = emergency && isHelpless ? null : taken;
  const common = { emergency, trace };
  const helped = emergency ? overAnyGateway(generated, call.called) : null;
  // The first that applies decides.
  if (decider !== undefined && !decider.actions.allow) return { ...common, ...no('POLICY_DENY', decider, call.called) };
  if (decider !== undefined) {
    // The route of a permitted call.
    const names =
      decider.actions.gateway === undefined
        ? []
        : [decider.actions.gateway, ...(decider.actions.failover_gateways ?? [])];
    const routes = downLast(
      names.flatMap((name): Route[] => {
        const gateway = named(generated, name, decider.gateway_ids);
        if (gateway === 'unmanaged')
          return [{ gateway: null, name, destination: `sofia/gateway/${name}/${call.called}`, status: 'unmanaged' }];
        if (gateway === 'unusable') return [];
        return [
          {
            gateway: gateway.id,
            name: gateway.name,
            destination: `sofia/gateway/${gateway.name}/${gateway.prefix}${call.called.slice(gateway.strip)}`,
            status: generated.health[gateway.id] ?? 'unknown',
          },
        ];
      }),
    );
    if (routes.length > 0)
      return {
        ...common,
        ...no('POLICY_ALLOW', decider, call.called),
        allowed: true,
        action: 'bridge',
        destination: routes[0]?.destination,
        routes,
      };
    if (names.length > 0 || route === null) return { ...common, ...(helped ?? no('NO_ROUTE', decider, call.called)) };
    return { ...common, ...no('POLICY_ALLOW', decider, call.called), ...route, allowed: true };
  }
  // A gate, which does not hold for an emergency call that the template takes.
  const gate = matching[gateAt];
  if (gate !== undefined && !(emergency && route !== null))
    return { ...common, ...(helped ?? no(failures[gateAt] ?? '', gate, call.called)) };
  // The template.
  if (route === null) return { ...common, ...(helped ?? no('NO_ROUTE', null, call.called)) };
  return { ...common, ...no('TEMPLATE', null, call.called), ...route, allowed: true };
}

type Route = {
  readonly gateway: string | null;
  readonly name: string;
  readonly destination: string;
  readonly status: string;
};

const downLast = (routes: readonly Route[]): Route[] => [
  ...routes.filter(({ status }) => status !== 'down'),
  ...routes.filter(({ status }) => status === 'down'),
];

/** The gateway of a reference: by its id, by the id that the save resolved, or by its name. */
function named(
  { gateways }: GeneratedPlan,
  reference: string,
  ids: GatewayIds | undefined,
): PlanGateway | 'unmanaged' | 'unusable' {
  const id = reference.startsWith('gw_')
    ? reference
    : Object.entries(ids ?? {}).find(([name]) => name === reference.toLowerCase())?.[1];
  const gateway = gateways.find((one) =>
    id === undefined ? one.name.toLowerCase() === reference.toLowerCase() : one.id === id,
  );
  if (gateway === undefined) return id === undefined ? 'unmanaged' : 'unusable';
  return gateway.enabled ? gateway : 'unusable';
}

/** Any enabled gateway: healthy ones first, then degraded, unknown and down ones. */
function overAnyGateway({ gateways, health }: GeneratedPlan, called: string) {
  const oldest = gateways.toSorted((one, other) => one.id.localeCompare(other.id));
  const routes = ['healthy', 'degraded', 'unknown', 'down'].flatMap((status) =>
    oldest
      .filter(({ id, enabled }) => enabled && (health[id] ?? 'unknown') === status)
      .map(({ id, name, prefix }) => ({
        gateway: id,
        name,
        destination: `sofia/gateway/${name}/${prefix}${called}`,
        status,
      })),
  );
  return routes.length === 0
    ? null
    : { ...no('TEMPLATE', null, called), allowed: true, action: 'bridge', destination: routes[0]?.destination, routes };
}

const rank = (policy: PlanPolicy): number => (policy.actions.bypass_restrictions === true ? 0 : 1);

const expressions = new Map<string, RE2JS>();

/** The captures of a pattern, the whole match first; null without a match. */
function groupsOf(pattern: string, dialed: string): string[] | null {
  const expression = expressions.get(pattern) ?? RE2JS.compile(pattern);
  expressions.set(pattern, expression);
  const matcher = expression.matcher(dialed);
  return matcher.find()
    ? Array.from({ length: matcher.groupCount() + 1 }, (_item, group) => matcher.group(group) ?? '')
    : null;
}

const no = (reason: string, by: PlanPolicy | null, dialed: string) => ({
  allowed: false,
  reason,
  policy: by === null ? null : { id: by.id, name: by.name, priority: by.priority, version: by.version },
  rule: null,
  action: null,
  destination: null,
  captures: by === null ? [] : (groupsOf(by.conditions.pattern, dialed)?.slice(1) ?? []),
  routes: [],
  limits: { max_duration: by?.actions.max_duration ?? null, rate_limit: by?.actions.rate_limit ?? null },
  record: by?.actions.allow === true && (by.actions.record ?? false),
  bypass_restrictions: by?.actions.bypass_restrictions ?? false,
});

function unmet({ conditions, group_ids }: PlanPolicy, generated: GeneratedPlan, call: Call, at: number): string | null {
  const wanted = conditions.user_groups;
  if (
    wanted !== undefined &&
    !wanted.some((entry) =>
      isMember(entry.toLowerCase(), group_ids[entry.toLowerCase()], generated.groups, call.groups ?? []),
    )
  )
    return 'NOT_IN_GROUP';
  if (conditions.time_of_day !== undefined && !within(conditions.time_of_day, generated.timezone, at))
    return 'OUTSIDE_HOURS';
  if (conditions.caller_id_required === true && (call.caller === undefined || call.caller === 'anonymous'))
    return 'CALLER_ID_REQUIRED';
  const { verstat = 'No-TN-Validation', attestation } = call;
  if (conditions.verstat !== undefined && !conditions.verstat.some((each) => each === verstat))
    return 'CALLER_NOT_VERIFIED';
  return conditions.attestation !== undefined && !conditions.attestation.some((each) => each === attestation)
    ? 'CALLER_NOT_VERIFIED'
    : null;
}

/** Whether a caller with these entries is in the group that a policy lists as `name` and resolved to `id`. */
function isMember(name: string, id: string | undefined, groups: readonly Group[], entries: readonly string[]): boolean {
  return entries.some((entry) => {
    const key = entry.toLowerCase();
    const group =
      groups.find((candidate) => candidate.id === key) ??
      groups.find((candidate) => candidate.name.toLowerCase() === key);
    if (group?.status === 'inactive') return false;
    if (id !== undefined) return group?.id === id;
    return (group?.name.toLowerCase() ?? key) === name;
  });
}

const dayNames = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const clocks = new Map<string, Intl.DateTimeFormat>();

/** Whether a window is open at an instant (milliseconds since 1970, UTC). */
export function within(window: TimeOfDay, organizationZone: string, at: number): boolean {
  const timeZone = window.timezone ?? organizationZone;
  const format =
    clocks.get(timeZone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  clocks.set(timeZone, format);
  const parts = Object.fromEntries(format.formatToParts(at).map((part) => [part.type, part.value]));
  const now = `${parts['hour']}:${parts['minute']}`;
  const today = dayNames.findIndex((day) => day === parts['weekday']?.toLowerCase());
  const opens = (day: number): boolean =>
    window.days === undefined || window.days.some((name) => name === dayNames[day]);
  // Times of equal width compare as text.
  if (window.start < window.end) return window.start <= now && now < window.end && opens(today);
  return (now >= window.start && opens(today)) || (now < window.end && opens((today + 6) % 7));
}

function dialled(generated: GeneratedPlan, called: string) {
  const { template } = generated;
  if (template === null) return null;
  const variables: Record<string, string | number | boolean> = { ...template.variables };
  const rules = [...template.rules].sort((a, b) => a.priority - b.priority);
  for (const { pattern, priority, action, destination } of rules) {
    const captures = groupsOf(pattern, called);
    if (captures === null) continue;
    const text = destination.replaceAll(/\$(\d)|\$\{(\w+)\}/g, (_match, digit: string | undefined, name: string) =>
      String(digit === undefined ? (variables[name] ?? '') : captures[Number(digit)]),
    );
    if (action !== 'set') {
      const gateway = action === 'bridge' && text.startsWith('sofia/gateway/') ? text.split('/')[2] : undefined;
      const found = gateway === undefined ? undefined : named(generated, gateway, template.gateway_ids);
      if (found === 'unusable') return null;
      const routes =
        found === undefined
          ? []
          : [
              found === 'unmanaged'
                ? { gateway: null, name: gateway ?? '', destination: text, status: 'unmanaged' }
                : {
                    gateway: found.id,
                    name: found.name,
                    destination: text,
                    status: generated.health[found.id] ?? 'unknown',
                  },
            ];
      return { rule: { priority, pattern }, action, destination: text, captures: captures.slice(1), routes };
    }
    variables[text.slice(0, text.indexOf('='))] = text.slice(text.indexOf('=') + 1);
  }
  return null;
}
