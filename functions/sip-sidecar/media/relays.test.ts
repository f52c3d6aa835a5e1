import { describe, expect, test } from 'vitest';
import type { RelayLeaseItem } from '#dynamodb/rows/lease.ts';
import { second } from '#schema/time.ts';
import { NgFailure } from './ng-client.ts';
import { Relays } from './relays.ts';

/** Relays at one port, of which a test says how long each has been up; undefined: it does not answer. */
function relaysOf(uptimes: Record<string, number | undefined>, more: { readonly control?: number } = {}) {
  /** One a second. */
  let checks = 0;
  const lost: string[] = [];
  const died: number[] = [];
  const leases: RelayLeaseItem[] = [];
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
    readLeases: async () => leases,
    now: () => now + second * checks,
  });
  const check = async (times: number) => {
    for (let at = 0; at < times; at += 1) {
      checks += 1;
      await relays.refresh();
    }
  };
  /** Gives a relay a lease, or renews it. */
  const lease = async (address: string, draining = false) => {
    const earlier = leases.findIndex((each) => each.address === address);
    const until = now + second * (checks + 7);
    leases.splice(earlier === -1 ? leases.length : earlier, 1, {
      ...{ address, port: 22_222, control: 8_081, until, draining },
      ...{ started_at: '', generation: '7', generation_since: '' },
    });
    await relays.refreshLeases();
  };
  return { relays, lost, died, check, lease };
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

describe('leases', () => {
  const three = { '10.0.0.1': 5, '10.0.0.2': 5, '10.0.0.3': 5 };
  const third = '10.0.0.3:22222';

  test('a relay is found by its lease, with its control port', async () => {
    const { relays, check, lease } = relaysOf({ '10.0.0.1': 5 });
    await lease('10.0.0.1');
    await check(1);
    expect([relays.alive, relays.controlOf(one)]).toEqual([[one], '10.0.0.1:8081']);
  });

  test('a relay whose lease says that it stops takes no new calls, unless there is no other', async () => {
    const { relays, check, lease } = relaysOf({ '10.0.0.1': 5, '10.0.0.2': 5 });
    await lease('10.0.0.1', true);
    await lease('10.0.0.2');
    await check(1);
    expect(relays.alive).toEqual([other]);
    await lease('10.0.0.2', true);
    expect(relays.alive).toEqual([one, other]);
    await expect(relays.ask(one, { command: 'statistics' })).resolves.toMatchObject({ result: 'ok' });
  });

  test('relays of an earlier release have none, and leave new calls to as many that have one', async () => {
    const { relays, check, lease } = relaysOf(three);
    await lease('10.0.0.3');
    await check(1);
    expect(relays.alive.toSorted()).toEqual([one, other, third]);
    await lease('10.0.0.2');
    expect(relays.alive.toSorted()).toEqual([other, third]);
  });

  test('a relay whose lease has ended takes calls only if no other does', async () => {
    const { relays, check, lease } = relaysOf({ '10.0.0.1': 5, '10.0.0.2': 5 });
    await lease('10.0.0.1');
    await lease('10.0.0.2');
    await check(1);
    for (let reads = 0; reads < 4; reads += 1) await lease('10.0.0.2');
    // The clock stands still, so the lease of the other one ends with the next reads, too.
    expect(relays.alive).toEqual([other]);
    for (let reads = 0; reads < 4; reads += 1) await relays.refreshLeases();
    expect(relays.alive.toSorted()).toEqual([one, other]);
  });
});
