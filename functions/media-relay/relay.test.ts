import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { memoryObjects } from '#test/support/objects.fixture.ts';
import { needs } from '#test/support/tools.ts';
import { temporaryFolder } from '#test/system/peers/program.ts';
import { freePort } from '#infra/local/machine/free-port.ts';
import { RtpParty } from '#test/support/rtp-party.fixture.ts';
import { runPeriodically } from '#concurrency/periodic.ts';
import { leaseInterval } from '../sip-sidecar/media/relay-leases.ts';
import { described } from '../sip-sidecar/media/descriptions.fixture.ts';
import { NgClient } from '../sip-sidecar/media/ng-client.ts';
import type { RelayLeaseItem } from '#dynamodb/rows/lease.ts';
import type { NgCommand } from '../sip-sidecar/media/ng-message.ts';
import { Relays } from '../sip-sidecar/media/relays.ts';
import { captureHeader, metadata, recordingId, samplesOfWav } from './recordings/recording.fixture.ts';
import { startRelay, type Relay } from './relay.ts';
import { settingsFrom } from './settings.ts';

needs('rtpengine');

const secrets = { read: async () => JSON.stringify({ key: 'k'.repeat(64) }), putOnce: async () => '' };

/** The leases of relays. */
const leasesIn = (table: Map<number, RelayLeaseItem>) => ({
  read: async () => [...table.values()],
  write: async (lease: RelayLeaseItem) => void table.set(lease.port, lease),
  remove: async ({ port }: Pick<RelayLeaseItem, 'port'>) => void table.delete(port),
});

const started = async (more: Readonly<Record<string, string>> = {}, table: Map<number, RelayLeaseItem> = new Map()) => {
  const first = randomInt(8_000, 15_900) * 2;
  const environment = {
    MEDIA_ADDRESS: '127.0.0.1',
    MEDIA_PORTS: `${first}-${first + 40}`,
    PORT_NG: String(await freePort()),
    PORT_CONTROL: String(await freePort()),
    PORT_HEALTH: String(await freePort()),
    HEALTH_HOST: '127.0.0.1',
    ...more,
  };
  const printed: string[] = [];
  const noted: string[] = [];
  const objects = memoryObjects();
  const relay = await startRelay(settingsFrom(environment), {
    environment,
    print: (line) => void printed.push(line),
    fault: () => undefined,
    note: (message, { calls = '' } = {}) => void noted.push(`${message}: ${calls}`),
    objects,
    secrets,
    leases: leasesIn(table),
  });
  const status = async (path: string) => (await fetch(`http://127.0.0.1:${environment.PORT_HEALTH}${path}`)).status;
  return { relay, objects, status, noted, ng: environment.PORT_NG, port: Number(environment.PORT_NG) };
};

const describedAt = (port: number): string =>
  described.rtp.replaceAll('192.0.2.1', '127.0.0.1').replace('6000', String(port));

/** Has a call recorded. @returns the description of where the relay hears its caller */
async function recordCall(port: number) {
  const client = new NgClient();
  const ask = (command: NgCommand) => client.ask({ address: '127.0.0.1', port }, command);
  const form = { flags: ['trust-address'], replace: ['origin'], ICE: 'remove' } as const;
  const call = { 'call-id': 'call_1', 'from-tag': 'a', 'to-tag': 'b', ...form } as const;
  await ask({ command: 'offer', ...call, sdp: describedAt(6_000) });
  const { sdp: heardAt = '' } = await ask({ command: 'answer', ...call, sdp: describedAt(6_002) });
  const label = `trunkline org=1001 file=${recordingId} caller=1`;
  await ask({ command: 'start recording', 'call-id': 'call_1', metadata: label });
  await client.close();
  return { heardAt };
}

/** Ends rtpengine as the kernel does when memory is short. */
const killEngine = (ng: string): void => void execFileSync('pkill', ['-KILL', '-f', `listen-ng=127.0.0.1:${ng} `]);

const isOver = async ({ ended }: Relay): Promise<number | NodeJS.Signals | null> => ended;

describe('a media relay', () => {
  test('is ready when rtpengine answers, and ends with it', async () => {
    const { relay, status } = await started();
    expect(await status('/live')).toBe(200);
    await eventually(async () => (await status('/ready')) === 200, 20_000);
    expect([relay.sessions(), await status('/other')]).toEqual([0, 404]);
    await relay.close();
    expect(await isOver(relay)).toBe(0);
  });

  test('notices that rtpengine has ended', async () => {
    const { relay, status, ng } = await started();
    await eventually(async () => (await status('/ready')) === 200, 20_000);
    killEngine(ng);
    expect(await isOver(relay)).toBe('SIGKILL');
    await eventually(async () => (await status('/ready')) === 503, 20_000);
    await relay.close();
  });

  test('stores what it has recorded of the calls that its stop ends', async () => {
    using folder = temporaryFolder();
    const { relay, objects, status, ng } = await started({ RECORDING_DIR: folder.path });
    await eventually(async () => (await status('/ready')) === 200, 20_000);
    const { heardAt } = await recordCall(Number(ng));
    using party = await RtpParty.open({ address: '127.0.0.1', port: await freePort() }, 7);
    party.speakTo({ remote: heardAt });
    await eventually(() => party.sent >= 25, 20_000);
    await relay.close();
    const wav = Buffer.from(await objects.get({ bucket: 'files', key: `org_1001/files/${recordingId}/1` }));
    expect(samplesOfWav(wav, 1).filter((sample) => sample !== 0).length).toBeGreaterThan(20 * 160);
  });

  test('deletes captures that were not finished when it was killed, and stores the others', async () => {
    using folder = temporaryFolder();
    for (const name of ['pcaps', 'tmp', 'metadata']) mkdirSync(join(folder.path, name));
    for (const name of ['pcaps/killed.pcap', 'tmp/rtpengine-meta-killed.tmp', 'pcaps/finished.pcap'])
      writeFileSync(join(folder.path, name), captureHeader);
    writeFileSync(join(folder.path, 'metadata', 'finished.txt'), metadata('finished.pcap'));
    const { relay, objects } = await started({ RECORDING_DIR: folder.path });
    await relay.close();
    expect((await objects.get({ bucket: 'files', key: `org_1001/files/${recordingId}/1` })).length).toBe(44);
    expect(
      readdirSync(folder.path, { recursive: true }).filter((name) => /killed|finished/.test(String(name))),
    ).toEqual([]);
  });

  test('keeps the signals of a terminal from rtpengine, which dumps no core', async () => {
    const { relay, status, ng } = await started();
    await eventually(async () => (await status('/ready')) === 200, 20_000);
    const pid = execFileSync('pgrep', ['-f', `^rtpengine .*listen-ng=127.0.0.1:${ng} `], { encoding: 'utf8' }).trim();
    const [, group] = /^\S+ \(.*\) \S \d+ (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    expect(group).toBe(pid);
    expect(readFileSync(`/proc/${pid}/limits`, 'utf8')).toMatch(/^Max core file size +0 +0 /m);
    await relay.close();
  });

  test('leaves new calls to a newer generation, goes on with its own, and takes new ones without it', async () => {
    await using all = new AsyncDisposableStack();
    const table = new Map<number, RelayLeaseItem>();
    const relayOf = async (generation: string) => {
      const one = await started({ TASK_GENERATION: generation }, table);
      all.defer(() => one.relay.close());
      return one;
    };
    const old = await relayOf('7');
    const client = new NgClient();
    all.defer(() => client.close());
    const relays = new Relays({
      hosts: [],
      client,
      lookup: async (host) => [host],
      onLost: () => undefined,
      readLeases: leasesIn(table).read,
      now: Date.now,
    });
    await relays.refreshLeases();
    all.defer(
      runPeriodically(
        leaseInterval,
        () => relays.refreshLeases(),
        () => undefined,
      ),
    );
    const until = (chosen: number, noted: readonly string[]): Promise<void> =>
      eventually(async () => {
        await relays.refresh();
        expect([relays.alive, old.noted]).toEqual([[`127.0.0.1:${chosen}`], noted]);
      }, 20_000);
    await until(old.port, []);
    await recordCall(old.port);
    await eventually(() => expect(old.relay.sessions()).toBe(1), 20_000);

    const newer = await relayOf('8');
    const left = 'leaves new calls to a newer generation: 1';
    await until(newer.port, [left]);
    expect([old.relay.sessions(), await old.status('/live')]).toEqual([1, 200]);

    await newer.relay.close();
    expect([...table.keys()]).toEqual([old.port]);
    await until(old.port, [left, 'takes new calls again: 1']);
  });

  test('needs an address, or a task that has one', async () => {
    await expect(
      startRelay(settingsFrom({}), {
        environment: {},
        print: () => undefined,
        fault: () => undefined,
        note: () => undefined,
        objects: memoryObjects(),
        secrets,
        leases: leasesIn(new Map()),
      }),
    ).rejects.toThrow('MEDIA_ADDRESS');
  });
});
