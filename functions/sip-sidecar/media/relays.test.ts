import { expect, test } from 'vitest';
import { NgFailure } from './ng-client.ts';
import { Relays } from './relays.ts';

/** Relays at one port, of which a test says how long each has been up; undefined: it does not answer. */
function relaysOf(uptimes: Record<string, number | undefined>, more: { readonly control?: number } = {}) {
  const lost: string[] = [];
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
    onLost: (relay) => void lost.push(relay),
  });
  const check = async (times: number) => {
    for (let at = 0; at < times; at += 1) await relays.refresh();
  };
  return { relays, lost, check };
}

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
