import { describe, expect, test } from 'vitest';
import { second } from '#schema/time.ts';
import { NgFailure } from './ng-client.ts';
import type { RelayGeneration } from './relay-control.ts';
import { Relays } from './relays.ts';

/** Relays at one port, of which a test says how long each has been up; undefined: it does not answer. */
function relaysOf(uptimes: Record<string, number | undefined>, more: { readonly control?: number } = {}) {
  /** One a second. */
  let checks = 0;
  const lost: string[] = [];
  const died: number[] = [];
  const generations = new Map<string, RelayGeneration>();
  const told = new Map<string, string | undefined>();
  const relays = new Relays({
    hosts: [{ host: 'relay.internal', port: 22_222, ...more }],
    client: {
      ask: async ({ address }) => {
        const uptime = uptimes[address];
        if (uptime === undefined) throw new NgFailure('no answer');
        return {
          result: 'ok',
          statistics: { currentstatistics: { sessionstotal: 0 }, totalstatistics: { uptime } },
        };
      },
    },
    lookup: async () => Object.keys(uptimes),
    onLost: (relay, diedAt) => {
      lost.push(relay);
      died.push(diedAt - now);
    },
    tellGeneration: async (relay, leftTo) => {
      told.set(relay, leftTo);
      return generations.get(relay);
    },
    now: () => now + second * checks,
  });
  const check = async (times: number) => {
    for (let at = 0; at < times; at += 1) {
      checks += 1;
      await relays.refresh();
    }
  };
  /** Has a relay say that it was started from a revision, minutes ago. */
  const start = (relay: string, generation: string, minutes: number, draining = false) =>
    generations.set(relay, { generation, started_at: new Date(now - minutes * 60_000).toISOString(), draining });
  return { relays, lost, died, check, start, told };
}

const now = Date.parse('2026-11-25T10:00:00.000Z');
const [one, other] = ['10.0.0.1:22222', '10.0.0.2:22222'];

test('all addresses of a name that answer take calls', async () => {
  const { relays, check } = relaysOf({ '10.0.0.1': 5, '10.0.0.2': 7, '10.0.0.3': undefined });
  expect(relays.choose('call_1', new Set())).toBeUndefined();
  await check(1);
  expect(relays.alive).toEqual([one, other]);
});

test('a call has the same relay each time, and each relay has its share', async () => {
  const { relays, check } = relaysOf({ '10.0.0.1': 5, '10.0.0.2': 7 });
  await check(1);
  const chosen = Array.from({ length: 1_000 }, (_, at) => relays.choose(`call_${at}`, new Set()));
  expect(Array.from({ length: 1_000 }, (_, at) => relays.choose(`call_${at}`, new Set()))).toEqual(chosen);
  expect(chosen.filter((each) => each === one).length).toBeGreaterThan(400);
  expect(chosen.filter((each) => each === other).length).toBeGreaterThan(400);
  expect(relays.choose('call_1', new Set([one]))).toBe(other);
  expect(relays.choose('call_1', new Set([one, other]))).toBeUndefined();
});

test('a relay that misses three checks is lost once, and is back when it answers', async () => {
  const uptimes: Record<string, number | undefined> = { '10.0.0.1': 5 };
  const { relays, lost, check } = relaysOf(uptimes);
  await check(1);
  uptimes['10.0.0.1'] = undefined;
  await check(2);
  expect([relays.alive, lost]).toEqual([[one], []]);
  await check(3);
  expect([relays.alive, lost]).toEqual([[], [one]]);
  uptimes['10.0.0.1'] = 1;
  await check(1);
  expect([relays.alive, lost]).toEqual([[one], [one]]);
});

test.each([
  ['does not answer', undefined, 3],
  ['was restarted', 0, 1],
])('the calls of a relay that %s had media for half a check after its last answer', async (_what, uptime, checks) => {
  const uptimes: Record<string, number | undefined> = { '10.0.0.1': 500 };
  const { died, check } = relaysOf(uptimes);
  await check(4);
  uptimes['10.0.0.1'] = uptime;
  await check(checks);
  expect(died).toEqual([4.5 * second]);
});

test('a relay that was restarted has lost its calls', async () => {
  const uptimes: Record<string, number | undefined> = { '10.0.0.1': 500 };
  const { relays, lost, check } = relaysOf(uptimes);
  await check(1);
  uptimes['10.0.0.1'] = 0;
  await check(1);
  expect([relays.alive, lost]).toEqual([[one], [one]]);
});

test('a relay whose name has another address takes no new calls, and keeps those that it has', async () => {
  const uptimes: Record<string, number | undefined> = { '10.0.0.1': 5 };
  const { relays, lost, check } = relaysOf(uptimes);
  await check(1);
  const addresses: Record<string, number | undefined> = uptimes;
  Object.defineProperty(addresses, '10.0.0.1', { enumerable: false });
  addresses['10.0.0.2'] = 7;
  await check(10);
  expect([relays.alive, lost]).toEqual([[other], []]);
  await expect(relays.ask(one, { command: 'statistics' })).resolves.toMatchObject({ result: 'ok' });
});

test('a relay that is not known is not asked', async () => {
  const { relays } = relaysOf({});
  await expect(relays.ask('192.0.2.1:22222', { command: 'statistics' })).rejects.toThrow(NgFailure);
});

test('the process of a relay that answers is asked at its control port', async () => {
  const { relays, check } = relaysOf({ '10.0.0.1': 5, '10.0.0.2': undefined }, { control: 8_081 });
  await check(1);
  expect([relays.controlled, relays.controlOf(one), relays.controlOf('10.0.0.9:1')]).toEqual([
    [one],
    '10.0.0.1:8081',
    undefined,
  ]);
});

test('a relay without a control port is not asked', async () => {
  const { relays, check } = relaysOf({ '10.0.0.1': 5 });
  await check(1);
  expect([relays.controlled, relays.controlOf(one)]).toEqual([[], undefined]);
});

describe('generations', () => {
  const [third, fourth] = ['10.0.0.3:22222', '10.0.0.4:22222'];
  const four = { '10.0.0.1': 5, '10.0.0.2': 5, '10.0.0.3': undefined, '10.0.0.4': undefined };

  /** Two relays of one generation, and two of a newer one that do not answer yet. */
  async function rollingOut() {
    const uptimes: Record<string, number | undefined> = { ...four };
    const made = relaysOf(uptimes);
    for (const relay of [one, other]) made.start(relay, '7', 60);
    for (const relay of [third, fourth]) made.start(relay, '8', 1);
    await made.check(3);
    return { ...made, uptimes };
  }

  test('relays leave new calls to a newer generation with as many of them, and hear of it', async () => {
    const { relays, check, told, uptimes } = await rollingOut();
    expect(relays.alive).toEqual([one, other]);
    uptimes['10.0.0.3'] = 1;
    await check(4);
    expect(relays.alive).toEqual([one, other, third]);
    uptimes['10.0.0.4'] = 1;
    await check(4);
    expect(relays.alive).toEqual([third, fourth]);
    expect([one, other, third, fourth].map((relay) => told.get(relay))).toEqual(['8', '8', undefined, undefined]);
    await expect(relays.ask(one, { command: 'statistics' })).resolves.toMatchObject({ result: 'ok' });
  });

  test('the crash of one newer relay gives nothing back, and that of all of them everything', async () => {
    const { relays, check, told, uptimes } = await rollingOut();
    Object.assign(uptimes, { '10.0.0.3': 1, '10.0.0.4': 1 });
    await check(4);
    uptimes['10.0.0.3'] = undefined;
    await check(4);
    expect(relays.alive).toEqual([fourth]);
    uptimes['10.0.0.4'] = undefined;
    await check(8);
    expect(relays.alive).toEqual([one, other]);
    expect([told.get(one), told.get(other)]).toEqual([undefined, undefined]);
  });

  test('a roll-back starts relays of an earlier revision, which have the new calls', async () => {
    const uptimes: Record<string, number | undefined> = { '10.0.0.1': 5, '10.0.0.2': 5, '10.0.0.3': undefined };
    const { relays, check, start } = relaysOf(uptimes);
    start(one, '7', 60);
    start(other, '8', 10);
    await check(3);
    expect(relays.alive).toEqual([other]);
    start(third, '7', 1);
    uptimes['10.0.0.3'] = 1;
    await check(4);
    expect(relays.alive).toEqual([one, third]);
  });

  test('a relay that stops gets no new calls, unless there is no other', async () => {
    const { relays, check, start } = relaysOf({ '10.0.0.1': 5, '10.0.0.2': 5 });
    for (const relay of [one, other]) start(relay, '7', 60);
    start(one, '7', 60, true);
    await check(3);
    expect(relays.alive).toEqual([other]);
    start(other, '7', 60, true);
    await check(2);
    expect(relays.alive).toEqual([one, other]);
  });

  test('relays that say nothing of it take calls beside those of any generation', async () => {
    const { relays, check, start } = relaysOf({ '10.0.0.1': 5, '10.0.0.2': 5 });
    start(other, '8', 1);
    await check(3);
    expect(relays.alive).toEqual([one, other]);
  });
});
