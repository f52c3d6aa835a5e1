import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  forgottenHealth,
  isAlive,
  pinged,
  reported,
  unknownHealth,
  uptimePercent,
  type GatewayHealth,
  type GatewayStatus,
  type HealthReport,
  type PingResult,
  type PingSettings,
} from './gateway-health.ts';

const settings: PingSettings = {
  enabled: true,
  interval_seconds: 30,
  timeout_ms: 5_000,
  degraded_ms: 200,
  degraded_loss_percent: 30,
  down_after: 3,
  up_after: 3,
};
const minute = 60_000;

/** Each letter a ping, a minute apart: `.` answered in 50 ms, `s` in 500 ms, `x` not at all. */
const results = (letters: string, from = 0): PingResult[] =>
  Array.from(letters).map((letter, at) => ({
    at: from + at * minute,
    ...(letter === 'x' ? { error: 'no answer' } : { response_time_ms: letter === 's' ? 500 : 50 }),
  }));

const after = (
  letters: string,
  health: GatewayHealth = unknownHealth,
  with_: PingSettings = settings,
  from = 0,
): GatewayHealth => results(letters, from).reduce((state, result) => pinged(state, result, with_), health);

/** The status after each ping, by its first letter. */
const course = (letters: string, with_: PingSettings = settings): string =>
  Array.from(letters)
    .map((_, at) => after(letters.slice(0, at + 1), unknownHealth, with_).status[0])
    .join('');

const report = (status: HealthReport['status'], at: number): HealthReport => ({
  at,
  status,
  response_time_ms: null,
  packet_loss_percent: null,
  error: null,
});

describe('by its own pings a gateway', () => {
  test('is unknown until the first result', () => {
    expect([unknownHealth.status, after('.').status]).toEqual(['unknown', 'healthy']);
  });

  test('is down after so many failures in a row, and back after so many successes', () => {
    expect(course(`${'.'.repeat(10)}xxxxx..`)).toBe('hhhhhhhhhhhhddddd');
    expect(after('..........xxx').status).toBe('down');
    expect(after('..........xxx..').status).toBe('down');
    expect(after('..........xxx..x..').status).toBe('down');
    expect(after('..........xxx...').status).toBe('healthy');
  });

  test('comes back degraded while too many of the last 20 pings are lost', () => {
    expect(after('.xxx...').status).toBe('degraded');
    expect(after(`.xxx${'.'.repeat(9)}`).status).toBe('healthy');
  });

  test('is degraded while the mean of the last 5 answers is above the limit, until so many pings below it', () => {
    expect(after('.....s').status).toBe('healthy');
    expect(after('.....ss').status).toBe('degraded');
    expect(after('.....ss....').status).toBe('degraded');
    expect(after('.....ss......').status).toBe('healthy');
  });

  test('tells loss of the last 20 pings and the time of the last answer', () => {
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

  test('is alive by any final answer but 408, 500, 502, 503 and 504', () => {
    expect([200, 401, 403, 404, 405, 481, 486, 501, 505, 603].map(isAlive)).not.toContain(false);
    expect([408, 500, 502, 503, 504].map(isAlive)).not.toContain(true);
  });
});

describe('a report from outside', () => {
  test('is taken at once, as it is', () => {
    expect(reported(after('....'), report('down', 4 * minute), settings).status).toBe('down');
    expect(reported(after('xxxx'), report('healthy', 4 * minute), settings).status).toBe('healthy');
  });

  test('stands five minutes against better pings, and no longer', () => {
    const told = reported(after('....'), report('degraded', 4 * minute), settings);
    expect([0, 1, 2, 3, 4].map((at) => after('.'.repeat(at + 1), told, settings, 4 * minute + 1).status)).toEqual(
      Array.from({ length: 5 }, () => 'degraded'),
    );
    expect(after('......', told, settings, 4 * minute + 1).status).toBe('healthy');
  });

  test('does not stand against worse pings, nor against another report', () => {
    const told = reported(after('....'), report('degraded', 4 * minute), settings);
    expect(after('xxx', told, settings, 5 * minute).status).toBe('down');
    expect(after('.', reported(told, report('healthy', 5 * minute), settings), settings, 6 * minute).status).toBe(
      'healthy',
    );
  });

  test('stands for good where there are no pings', () => {
    expect(reported(unknownHealth, report('down', 0), { enabled: false }).standing).toEqual({
      status: 'down',
      until: null,
    });
  });

  test('of health forgets the failures before it', () => {
    const told = reported(after('xxxx'), report('healthy', 4 * minute), settings);
    expect(after('...x', told, settings, 5 * minute).status).toBe('healthy');
  });

  test('that is older than the last ping says nothing of the present', () => {
    const health = after('....');
    expect(reported(health, report('down', 3 * minute - 1), settings)).toBe(health);
  });
});

describe('up-time', () => {
  test('is the share of 24 hours in which it was not down', () => {
    const day = 24 * 60 * minute;
    const down = reported(after('...'), report('down', day), settings);
    const back = reported(down, report('healthy', day + 144 * minute), settings);
    expect(uptimePercent(back, 0, 2 * day)).toBe(90);
    expect(uptimePercent(down, 0, day + 144 * minute)).toBe(90);
    expect(uptimePercent(back, 0, 2 * day + 72 * minute)).toBe(95);
  });

  test('counts from when it was made, and is not known of a gateway of which nothing is', () => {
    expect(
      uptimePercent(
        reported(reported(unknownHealth, report('healthy', 0), settings), report('down', 50), settings),
        0,
        100,
      ),
    ).toBe(50);
    expect(uptimePercent(unknownHealth, 0, 100)).toBeNull();
    expect(uptimePercent(forgottenHealth(after('...'), 5 * minute), 0, 100)).toBeNull();
  });

  test('ends with the gateway that is pinged no more', () => {
    expect(forgottenHealth(after('xxxx'), 4 * minute)).toEqual({
      ...unknownHealth,
      outages: [{ from: 2 * minute, to: 4 * minute }],
    });
  });
});

/** The plain reading of the rules: everything is counted anew from the whole past. */
function plainStatus(
  past: readonly PingResult[],
  { degraded_ms, degraded_loss_percent, down_after, up_after }: PingSettings,
): GatewayStatus {
  let status: GatewayStatus = 'unknown';
  let good = 0;
  past.forEach((_, index) => {
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
  });
  return status;
}

describe('whatever happens', () => {
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

  test('the status is what the rules say of all pings so far', () => {
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

  test('no state grows without bounds, outages follow each other, the last one is open just while it is down, and up-time is a share', () => {
    fc.assert(
      fc.property(steps, anySettings, (taken, of) => {
        const health = taken.reduce<GatewayHealth>(
          (state, step, at) =>
            'ping' in step
              ? after(step.ping, state, of, at * minute)
              : reported(state, report(step.report, at * minute), of),
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

  test('more outages than are told apart become fewer, and up-time hardly changes', () => {
    let health: GatewayHealth = unknownHealth;
    for (let at = 0; at < 720; at += 1)
      health = reported(health, report(at % 2 === 0 ? 'down' : 'healthy', at * minute), settings);
    expect(health.outages.length).toBeLessThanOrEqual(100);
    expect(uptimePercent(health, 0, 720 * minute)).toBeLessThanOrEqual(50);
  });
});
