import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { type Dns, hostsFile, limitConcurrency, newDns, parseHosts, readHosts, resolverOf } from './dns.ts';

const missing = Object.assign(new Error('no records'), { code: 'ENODATA' });
const broken = Object.assign(new Error('time-out'), { code: 'ETIMEOUT' });

/** A resolver whose DNS answers as given; by default it has no records. */
function newTestResolver(answers: Partial<Dns> = {}, hosts: Readonly<Record<string, readonly string[]>> = {}) {
  const clock = { now: 1_000_000 };
  const asked: string[] = [];
  const ask =
    (kind: keyof Dns) =>
    async (name: string): Promise<never> => {
      asked.push(`${kind} ${name}`);
      const answer = answers[kind];
      if (answer === undefined) throw missing;
      return answer(name) as Promise<never>;
    };
  const resolver = resolverOf({
    dns: {
      resolve4: ask('resolve4'),
      resolve6: ask('resolve6'),
      resolveSrv: ask('resolveSrv'),
      resolveNaptr: ask('resolveNaptr'),
    },
    hosts: async () => new Map(Object.entries(hosts)),
    now: () => clock.now,
  });
  return { resolver, clock, asked };
}

test('a name in the hosts file is not looked up', async () => {
  const { resolver, asked } = newTestResolver({}, { 'pbx.local': ['10.0.0.5'] });
  expect([await resolver.addresses('PBX.local'), asked]).toEqual([['10.0.0.5'], []]);
});

test('the addresses of a name are IPv4 before IPv6, and cached for 30 s', async () => {
  const { resolver, clock, asked } = newTestResolver({
    resolve4: async () => ['192.0.2.1'],
    resolve6: async () => ['::1'],
  });
  for (let times = 0; times < 3; times += 1) expect(await resolver.addresses('a')).toEqual(['192.0.2.1', '::1']);
  clock.now += 30_000;
  await resolver.addresses('a');
  expect(asked).toEqual(['resolve4 a', 'resolve6 a', 'resolve4 a', 'resolve6 a']);
});

test('a name without records has no addresses, and one family of addresses is enough', async () => {
  expect(await newTestResolver().resolver.addresses('a')).toEqual([]);
  const { resolver } = newTestResolver({
    resolve4: async () => ['192.0.2.1'],
    resolve6: async () => Promise.reject(broken),
  });
  expect(await resolver.addresses('a')).toEqual(['192.0.2.1']);
});

test('a failure is an error, and not asked again for 10 s', async () => {
  const { resolver, clock, asked } = newTestResolver({ resolveSrv: async () => Promise.reject(broken) });
  for (let times = 0; times < 3; times += 1) await expect(resolver.srv('_sip._udp.a')).rejects.toThrow('time-out');
  expect(asked).toHaveLength(1);
  clock.now += 10_000;
  await expect(resolver.srv('_sip._udp.a')).rejects.toThrow('time-out');
  expect(asked).toHaveLength(2);
});

test('at most 64 look-ups run at once, 2,000 wait, and others fail', async () => {
  const { promise, resolve } = Promise.withResolvers<never[]>();
  const { resolver, asked } = newTestResolver({ resolveSrv: () => promise });
  const all = Array.from({ length: 2_100 }, (_value, number) => resolver.srv(`name ${number}`));
  const settled = Promise.allSettled(all);
  await expect(all.at(-1)).rejects.toThrow('more than 2000 tasks are waiting');
  expect(asked).toHaveLength(64);
  resolve([]);
  expect((await settled).filter(({ status }) => status === 'fulfilled')).toHaveLength(2_064);
});

test('a DNS server that does not answer fails a look-up by its time-out', async () => {
  const silent = createSocket('udp4').bind(0, '127.0.0.1');
  await once(silent, 'listening');
  const dns = newDns({ timeout: 50, tries: 1 });
  dns.setServers([`127.0.0.1:${silent.address().port}`]);
  await expect(dns.resolve4('carrier.example.com')).rejects.toThrow(/ETIMEOUT/);
  silent.close();
});

function newTask() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const state = { isRunning: false };
  const run = async (): Promise<string> => {
    state.isRunning = true;
    return promise;
  };
  return { state, run, resolve, reject };
}

test('so many tasks run at once, others wait in order, and beyond them a task is rejected', async () => {
  const limited = limitConcurrency({ running: 2, waiting: 1 });
  const [one, two, three] = [newTask(), newTask(), newTask()];
  const [first, second, third] = [limited(one.run), limited(two.run), limited(three.run)];
  await expect(limited(newTask().run)).rejects.toThrow('more than 1 tasks are waiting');
  expect([one, two, three].map(({ state }) => state.isRunning)).toEqual([true, true, false]);
  one.reject(new Error('failed'));
  await expect(first).rejects.toThrow('failed');
  expect(three.state.isRunning).toBe(true);
  two.resolve('two');
  three.resolve('three');
  expect([await second, await third]).toEqual(['two', 'three']);
  expect(await limited(async () => 'four')).toBe('four');
});

test('a hosts file has an address and its names per line, and comments', () => {
  const hosts = parseHosts(
    ['# local', '127.0.0.1\tlocalhost  Printer', '::1 localhost # IPv6', '', '10.0.0.5 pbx', '::2 pbx', '\r'].join(
      '\n',
    ),
  );
  expect(Object.fromEntries(hosts)).toEqual({
    localhost: ['127.0.0.1', '::1'],
    printer: ['127.0.0.1'],
    pbx: ['10.0.0.5', '::2'],
  });
});

test('a missing hosts file is empty', async () => {
  expect(await readHosts('/nowhere')).toEqual(new Map());
});

test('the hosts file of the system knows this machine', async () => {
  expect((await readHosts(hostsFile)).get('localhost')).toContain('127.0.0.1');
});
