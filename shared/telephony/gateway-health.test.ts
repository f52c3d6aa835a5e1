import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pingOf } from '#test/support/resources.fixture.ts';
import { day, minute } from '../schema/time.ts';
import {
  clearHealth,
  isAlive,
  afterPing,
  afterReport,
  unknownHealth,
  uptimePercent,
  type GatewayHealth,
  type GatewayStatus,
  type HealthReport,
  type PingResult,
  type PingSettings,
} from './gateway-health.ts';

const settings = pingOf({ degraded_loss_percent: 30 });

/** One ping a minute for each letter: `.` answered in 50 ms, `s` in 500 ms, `x` unanswered. */
const results = (letters: string, from = 0): PingResult[] =>
  Array.from(letters).map((letter, at) => ({
    at: from + at * minute,
    ...(letter === 'x' ? { error: 'no answer' } : { response_time_ms: letter === 's' ? 500 : 50 }),
  }));

const after = (
  letters: string,
  health: GatewayHealth = unknownHealth,
  rules: PingSettings = settings,
  from = 0,
): GatewayHealth => results(letters, from).reduce((state, result) => afterPing(state, result, rules), health);

/** The first letter of the status after each ping. */
const course = (letters: string, rules: PingSettings = settings): string =>
  Array.from(letters)
    .map((letter, at) => after(letters.slice(0, at) + letter, unknownHealth, rules).status[0])
    .join('');

const report = (status: HealthReport['status'], at: number): HealthReport => ({
  at,
  status,
  response_time_ms: null,
  packet_loss_percent: null,
  error: null,
});

describe('a pinged gateway', () => {
  test('is unknown before the first result', () => {
    expect([unknownHealth.status, after('.').status]).toEqual(['unknown', 'healthy']);
  });

  test('is down after `down_after` consecutive failures and back after `up_after` successes', () => {
    expect(course(`${'.'.repeat(10)}xxxxx..`)).toBe('hhhhhhhhhhhhddddd');
    expect(after('..........xxx').status).toBe('down');
    expect(after('..........xxx..').status).toBe('down');
    expect(after('..........xxx..x..').status).toBe('down');
    expect(after('..........xxx...').status).toBe('healthy');
  });

  test('is degraded when it comes back while too many of the last 20 pings are lost', () => {
    expect(after('.xxx...').status).toBe('degraded');
    expect(after(`.xxx${'.'.repeat(9)}`).status).toBe('healthy');
  });

  test('is degraded when the mean of the last 5 response times exceeds the limit, until `up_after` good pings', () => {
    expect(after('.....s').status).toBe('healthy');
    expect(after('.....ss').status).toBe('degraded');
    expect(after('.....ss....').status).toBe('degraded');
    expect(after('.....ss......').status).toBe('healthy');
  });

  test('has the loss of the last 20 pings and the response time of the last one', () => {
    expect(after('..x')).toMatchObject({
      packet_loss_percent: 33.33,
      response_time_ms: null,
      last_ping: 2 * minute,
      last_error: 'no answer',
    });
    expect(after(`x${'.'.repeat(20)}`)).toMatchObject({
      packet_loss_percent: 0,
      response_time_ms: 50,
      last_error: null,
    });
  });

  test('is alive after any final response but 408, 500, 502, 503 and 504', () => {
    expect([200, 401, 403, 404, 405, 481, 486, 501, 505, 603].map(isAlive)).not.toContain(false);
    expect([408, 500, 502, 503, 504].map(isAlive)).not.toContain(true);
  });
});

describe('a report of a monitor', () => {
  test('sets the status at once, without thresholds', () => {
    expect(afterReport(after('....'), report('down', 4 * minute), settings).status).toBe('down');
    expect(afterReport(after('xxxx'), report('healthy', 4 * minute), settings).status).toBe('healthy');
  });

  test('overrides better pings for five minutes', () => {
    const health = afterReport(after('....'), report('degraded', 4 * minute), settings);
    expect([0, 1, 2, 3, 4].map((at) => after('.'.repeat(at + 1), health, settings, 4 * minute + 1).status)).toEqual(
      Array.from({ length: 5 }, () => 'degraded'),
    );
    expect(after('......', health, settings, 4 * minute + 1).status).toBe('healthy');
  });

  test('does not override worse pings or a newer report', () => {
    const health = afterReport(after('....'), report('degraded', 4 * minute), settings);
    expect(after('xxx', health, settings, 5 * minute).status).toBe('down');
    expect(after('.', afterReport(health, report('healthy', 5 * minute), settings), settings, 6 * minute).status).toBe(
      'healthy',
    );
  });

  test('stays in force until the next report when the gateway is not pinged', () => {
    expect(afterReport(unknownHealth, report('down', 0), { enabled: false }).standing).toEqual({
      status: 'down',
      until: null,
    });
  });

  test('of `healthy` clears the failures before it', () => {
    const health = afterReport(after('xxxx'), report('healthy', 4 * minute), settings);
    expect(after('...x', health, settings, 5 * minute).status).toBe('healthy');
  });

  test('older than the last ping changes nothing', () => {
    const health = after('....');
    expect(afterReport(health, report('down', 3 * minute - 1), settings)).toBe(health);
  });
});

describe('uptime', () => {
  test('is the percentage of 24 hours in which the gateway was not down', () => {
    const down = afterReport(after('...'), report('down', day), settings);
    const back = afterReport(down, report('healthy', day + 144 * minute), settings);
    expect(uptimePercent(back, 0, 2 * day)).toBe(90);
    expect(uptimePercent(down, 0, day + 144 * minute)).toBe(90);
    expect(uptimePercent(back, 0, 2 * day + 72 * minute)).toBe(95);
  });

  test('counts from creation and is null while the status is unknown', () => {
    expect(
      uptimePercent(
        afterReport(afterReport(unknownHealth, report('healthy', 0), settings), report('down', 50), settings),
        0,
        100,
      ),
    ).toBe(50);
    expect(uptimePercent(unknownHealth, 0, 100)).toBeNull();
    expect(uptimePercent(clearHealth(after('...'), 5 * minute), 0, 100)).toBeNull();
  });

  test('of a gateway whose pings end keeps the outages', () => {
    expect(clearHealth(after('xxxx'), 4 * minute)).toEqual({
      ...unknownHealth,
      outages: [{ from: 2 * minute, to: 4 * minute }],
    });
  });
});

/** A reference implementation: computes the status from all pings so far. */
function plainStatus(
  past: readonly PingResult[],
  { degraded_ms, degraded_loss_percent, down_after, up_after }: PingSettings,
): GatewayStatus {
  let status: GatewayStatus = 'unknown';
  let good = 0;
  for (const index of past.keys()) {
    const until = past.slice(0, index + 1);
    const answers = until.flatMap((each) => ('error' in each ? [] : [each.response_time_ms])).slice(-5);
    const recent = until.slice(-20);
    const isSlow = answers.length > 0 && answers.reduce((sum, each) => sum + each, 0) / answers.length > degraded_ms;
    const isLossy = (100 * recent.filter((each) => 'error' in each).length) / recent.length >= degraded_loss_percent;
    good = isSlow || isLossy ? 0 : good + 1;
    const failed = until.length >= down_after && until.slice(-down_after).every((each) => 'error' in each);
    const succeeded = until.length >= up_after && until.slice(-up_after).every((each) => !('error' in each));
    if (failed || (status === 'down' && !succeeded)) status = 'down';
    else if (good === 0 || (status === 'degraded' && good < up_after)) status = 'degraded';
    else status = 'healthy';
  }
  return status;
}

describe('for any sequence of pings', () => {
  const letters = fc.array(fc.constantFrom('.', '.', '.', 's', 'x'), { maxLength: 60 }).map((list) => list.join(''));
  const anySettings = fc.record({
    enabled: fc.constant(true),
    interval_seconds: fc.constant(30),
    timeout_ms: fc.constant(5_000),
    degraded_ms: fc.integer({ min: 60, max: 450 }),
    degraded_loss_percent: fc.integer({ min: 1, max: 100 }),
    down_after: fc.integer({ min: 1, max: 20 }),
    up_after: fc.integer({ min: 1, max: 20 }),
  });

  test('the status is that of the reference implementation', () => {
    fc.assert(
      fc.property(letters, anySettings, (pings, of) => {
        expect(after(pings, unknownHealth, of).status).toBe(plainStatus(results(pings), of));
      }),
    );
  });

  const steps = fc.array(
    fc.oneof(
      fc.constantFrom('.', 's', 'x').map((letter) => ({ ping: letter })),
      fc.record({ report: fc.constantFrom('healthy', 'degraded', 'down') }),
    ),
    { maxLength: 80 },
  );

  test('state is bounded, outages are ordered, the last is open only while down, and uptime is a percentage', () => {
    fc.assert(
      fc.property(steps, anySettings, (taken, of) => {
        const health = taken.reduce<GatewayHealth>(
          (state, step, at) =>
            'ping' in step
              ? after(step.ping, state, of, at * minute)
              : afterReport(state, report(step.report, at * minute), of),
          unknownHealth,
        );
        const { own, outages, status } = health;
        expect(own.answers.length).toBeLessThanOrEqual(5);
        expect(own.answered.length).toBeLessThanOrEqual(20);
        const times = outages.flatMap(({ from, to }) => [from, to ?? Infinity]);
        expect(times).toEqual(times.toSorted((one, other) => one - other));
        expect(outages.at(-1)?.to === null).toBe(status === 'down');
        const share = uptimePercent(health, 0, taken.length * minute);
        if (share !== null) expect(share >= 0 && share <= 100).toBe(true);
      }),
    );
  });

  test('outages beyond the maximum are merged, and uptime hardly changes', () => {
    let health: GatewayHealth = unknownHealth;
    for (let at = 0; at < 720; at += 1)
      health = afterReport(health, report(at % 2 === 0 ? 'down' : 'healthy', at * minute), settings);
    expect(health.outages.length).toBeLessThanOrEqual(100);
    expect(uptimePercent(health, 0, 720 * minute)).toBeLessThanOrEqual(50);
  });
});
