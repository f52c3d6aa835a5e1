/**
 * Whether a gateway is well: what its own pings and the reports of outside monitors make of it. Own pings
 * run a state machine with thresholds; a report is taken as it is. Nothing here reads a clock: times are
 * Unix milliseconds.
 */

export const gatewayStatuses = ['unknown', 'healthy', 'degraded', 'down'] as const;
export type GatewayStatus = (typeof gatewayStatuses)[number];
export type KnownStatus = Exclude<GatewayStatus, 'unknown'>;

/** How a gateway is pinged, and judged by it. */
export type PingSettings = {
  readonly enabled: boolean;
  readonly interval_seconds: number;
  readonly timeout_ms: number;
  /** `degraded` above this mean of the last 5 answers, milliseconds … */
  readonly degraded_ms: number;
  /** … or from this share of the last 20 pings that went unanswered. */
  readonly degraded_loss_percent: number;
  /** Failures in a row. */
  readonly down_after: number;
  /** Successes in a row. */
  readonly up_after: number;
};

export type GatewayHealth = {
  readonly status: GatewayStatus;
  /** Of the last ping or report that counted; null before. */
  readonly last_ping: number | null;
  /** Of the last ping; null: it went unanswered. */
  readonly response_time_ms: number | null;
  readonly packet_loss_percent: number | null;
  /** Why it is not healthy; null where nobody said. */
  readonly last_error: string | null;
  /** What the pings alone make of it. */
  readonly own: OwnState;
  /** A report of `degraded` or `down` that stands against better pings; `until` null: for good. */
  readonly standing: { readonly status: 'degraded' | 'down'; readonly until: number | null } | null;
  /** When it was down, oldest first, as far as the last 24 hours are concerned; `to` null: it still is. */
  readonly outages: readonly Outage[];
};

type OwnState = {
  readonly status: GatewayStatus;
  /** In a row. */
  readonly failures: number;
  readonly successes: number;
  /** Pings in a row that were below both limits. */
  readonly good: number;
  /** Milliseconds of the last 5 answers, newest last. */
  readonly answers: readonly number[];
  /** Of the last 20 pings, newest last: whether it was answered. */
  readonly answered: readonly boolean[];
};

type Outage = { readonly from: number; readonly to: number | null };

/** What came of one ping. Any final answer but 408, 500, 502, 503 and 504 is an answer. */
export type PingResult = { readonly at: number } & ({ readonly response_time_ms: number } | { readonly error: string });

/** What an outside monitor says. */
export type HealthReport = {
  readonly at: number;
  readonly status: KnownStatus;
  readonly response_time_ms: number | null;
  readonly packet_loss_percent: number | null;
  readonly error: string | null;
};

const countedAnswers = 5;
const countedPings = 20;
/** Milliseconds for which an outside report stands. */
const reportStands = 5 * 60_000;
/** Milliseconds over which up-time is told. */
const day = 24 * 3_600_000;
/** Outages that are told apart; the two that are nearest to each other become one beyond it. */
const maxOutages = 100;

const newState: OwnState = { status: 'unknown', failures: 0, successes: 0, good: 0, answers: [], answered: [] };

/** Of a gateway that nobody has pinged. */
export const unknownHealth: GatewayHealth = {
  status: 'unknown',
  last_ping: null,
  response_time_ms: null,
  packet_loss_percent: null,
  last_error: null,
  own: newState,
  standing: null,
  outages: [],
};

/** A gateway that is pinged no more, or elsewhere: all is forgotten but when it was down. */
export const forgottenHealth = (health: GatewayHealth, now: number): GatewayHealth => ({
  ...unknownHealth,
  outages: outagesAfter(health, 'unknown', now),
});

const finalFailures: ReadonlySet<number> = new Set([408, 500, 502, 503, 504]);

/** Whether a final response code says that the gateway is alive. */
export const isAlive = (code: number): boolean => !finalFailures.has(code);

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const lossOf = (answered: readonly boolean[]): number =>
  answered.length === 0 ? 0 : (100 * answered.filter((each) => !each).length) / answered.length;

/** Two decimals. */
const rounded = (percent: number): number => Math.round(percent * 100) / 100;

const severity = { unknown: 0, healthy: 1, degraded: 2, down: 3 } as const satisfies Record<GatewayStatus, number>;
export const worse = <S extends GatewayStatus>(one: S, other: S): S => (severity[one] >= severity[other] ? one : other);

/** The state machine's next state after a ping. */
function ownAfter(own: OwnState, result: PingResult, settings: PingSettings): OwnState {
  const isAnswer = 'response_time_ms' in result;
  const answers = isAnswer ? [...own.answers, result.response_time_ms].slice(-countedAnswers) : own.answers;
  const answered = [...own.answered, isAnswer].slice(-countedPings);
  const isGood =
    !(answers.length > 0 && mean(answers) > settings.degraded_ms) && lossOf(answered) < settings.degraded_loss_percent;
  const counted = {
    failures: isAnswer ? 0 : own.failures + 1,
    successes: isAnswer ? own.successes + 1 : 0,
    good: isGood ? own.good + 1 : 0,
  };
  return { ...counted, answers, answered, status: ownStatus(own.status, counted, settings) };
}

function ownStatus(
  status: GatewayStatus,
  { failures, successes, good }: Pick<OwnState, 'failures' | 'successes' | 'good'>,
  { down_after, up_after }: PingSettings,
): KnownStatus {
  if (failures >= down_after) return 'down';
  if (status === 'down' && successes < up_after) return 'down';
  if (good === 0) return 'degraded';
  return status === 'degraded' && good < up_after ? 'degraded' : 'healthy';
}

const stands = (standing: GatewayHealth['standing'], at: number): boolean =>
  standing !== null && (standing.until === null || standing.until > at);

/** After one of its own pings. */
export function pinged(health: GatewayHealth, result: PingResult, settings: PingSettings): GatewayHealth {
  const own = ownAfter(health.own, result, settings);
  const standing = stands(health.standing, result.at) ? health.standing : null;
  const status = standing === null ? own.status : worse(standing.status, own.status);
  const lastError = 'error' in result ? result.error : health.last_error;
  return {
    status,
    own,
    standing,
    last_ping: result.at,
    response_time_ms: 'response_time_ms' in result ? result.response_time_ms : null,
    packet_loss_percent: rounded(lossOf(own.answered)),
    last_error: status === 'healthy' ? null : lastError,
    outages: outagesAfter(health, status, result.at),
  };
}

/**
 * After a report from outside: taken as it is, not counted against thresholds. `degraded` and `down` stand
 * 5 minutes against better pings, for good where there are none. One that is older than the last ping says
 * nothing of the present.
 */
export function reported(
  health: GatewayHealth,
  report: HealthReport,
  settings: Pick<PingSettings, 'enabled'>,
): GatewayHealth {
  if (health.last_ping !== null && report.at < health.last_ping) return health;
  const { status, at } = report;
  const isWell = status === 'healthy';
  return {
    status,
    last_ping: at,
    response_time_ms: report.response_time_ms,
    packet_loss_percent: report.packet_loss_percent,
    last_error: isWell ? null : report.error,
    // Failures from before it was said to be well no longer count.
    own: isWell ? { ...newState, status } : health.own,
    standing: isWell ? null : { status, until: settings.enabled ? at + reportStands : null },
    outages: outagesAfter(health, status, at),
  };
}

/** Outages of the last 24 hours, with what a change of status adds or ends. */
function outagesAfter(health: GatewayHealth, status: GatewayStatus, at: number): readonly Outage[] {
  const recent = health.outages.filter(({ to }) => to === null || to > at - day);
  const open = recent.at(-1)?.to === null;
  if (open === (status === 'down')) return recent;
  if (open) return recent.map((outage) => (outage.to === null ? { ...outage, to: at } : outage));
  return fewer([...recent, { from: at, to: null }]);
}

function fewer(outages: readonly Outage[]): readonly Outage[] {
  if (outages.length <= maxOutages) return outages;
  const gap = (at: number): number => (outages[at + 1]?.from ?? Infinity) - (outages[at]?.to ?? 0);
  const nearest = outages.slice(0, -1).reduce((best, _, at) => (gap(at) < gap(best) ? at : best), 0);
  const [first, second] = [outages[nearest], outages[nearest + 1]];
  if (first === undefined || second === undefined) return outages;
  return [...outages.slice(0, nearest), { from: first.from, to: second.to }, ...outages.slice(nearest + 2)];
}

/**
 * Percent of the time in which it was not down, of the last 24 hours or since it was made, two decimals; null while
 * unknown.
 */
export function uptimePercent(health: GatewayHealth, createdAt: number, now: number): number | null {
  if (health.status === 'unknown') return null;
  const start = Math.max(createdAt, now - day);
  const down = health.outages.reduce((sum, { from, to }) => sum + Math.max(0, (to ?? now) - Math.max(from, start)), 0);
  return now <= start ? 100 : rounded(100 - (100 * down) / (now - start));
}

/**
 * What of a change of status an event tells; null where there is none. A gateway that becomes unknown is pinged no
 * more, of which its own change tells.
 */
export function statusEvent(name: string, before: GatewayHealth, after: GatewayHealth) {
  if (before.status === after.status || after.status === 'unknown') return null;
  const { status, response_time_ms, packet_loss_percent, last_error } = after;
  return {
    type: eventTypes[status],
    severity: eventSeverities[status],
    description: `Gateway ${name} is ${status}`,
    fields: { old_status: before.status, status, response_time_ms, packet_loss_percent, last_error },
  };
}

const eventTypes = { healthy: 'gateway.healthy', degraded: 'gateway.degraded', down: 'gateway.down' } as const;
const eventSeverities = { healthy: 'info', degraded: 'warning', down: 'error' } as const;
