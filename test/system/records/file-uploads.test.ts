// Own cloud: injects faults, kills it, and looks at its memory.
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { adminPassword, logIn, startCloud, type Cloud } from '../cloud.ts';
import {
  startFaultyCloud,
  requestUpload,
  send,
  settled,
  sha256,
  wav,
  type UploadedFile,
} from '../file-uploads.fixture.ts';

/** Uploads in clouds of their own: with faults and a kill -9, and with a look at the memory. */

const sound = (name: string, size: number) => ({ name, kind: 'greeting', content_type: 'audio/wav', size });

/** What AWS does at its worst, and often. */
const faults = {
  seed: 20,
  duplicateDelivery: 0.3,
  lateDelivery: 0.1,
  killedFunction: 0.05,
  throttle: 0.03,
  conflict: 0.05,
  failedAnswer: 0.01,
  lostAnswer: 0.01,
};

/** The types of a file's events, newest first. */
async function eventsOf({ api }: Cloud, token: string, id: string): Promise<readonly string[]> {
  const { body } = await api(`/events/file/${id}`, { token, headers: { accept: 'application/json' } });
  return (body as { data: { events: { type: string }[] } }).data.events.map(({ type }) => type);
}

test('each of 40 uploads is accepted or rejected once, with faults and a kill -9', async () => {
  const env = { FAULTS: JSON.stringify(faults), RATE_LIMIT_SCALE: '100' };
  const { cloud: first, token: admin } = await startFaultyCloud(env);
  onTestFinished(() => first.stop());
  const files = await Promise.all(
    Array.from({ length: 40 }, async (_file, at) => {
      const bytes = at % 4 === 1 ? Buffer.alloc(2_000) : wav(2_000);
      const announced = at % 4 === 2 ? 'a'.repeat(64) : sha256(bytes);
      const file = await requestUpload(first, admin, { ...sound(`Sound ${at}`, 2_000), sha256: announced });
      expect(await send(file, bytes)).toBe(200);
      return { id: file.id, reason: [null, 'TYPE_MISMATCH', 'HASH_MISMATCH', null][at % 4] ?? null };
    }),
  );
  await first.kill9();
  const { cloud: second, token } = await startFaultyCloud({ ...env, DATA_DIR: first.dataDir });
  onTestFinished(() => second.stop());
  const found = await Promise.all(files.map(({ id }) => settled(second, token, id)));
  expect(found.map(({ id, reason }: UploadedFile) => ({ id, reason }))).toEqual(files);
  // Those of accepted files only.
  await eventually(() => expect(globSync('objects/versions/*/*.json', { cwd: first.dataDir }).length).toBe(20), 30_000);
  for (const { id, reason } of files)
    await eventually(async () => {
      const types = await eventsOf(second, token, id);
      expect(types).toEqual([reason === null ? 'file.ready' : 'file.rejected', 'file.created']);
    }, 20_000);
});

/** Bytes of a process: those in memory now, and the most since the last reset. */
function memoryOf(pid: number, reset = false): { readonly now: number; readonly peak: number } {
  // proc_pid_clear_refs(5): 5 resets the peak.
  if (reset) writeFileSync(`/proc/${pid}/clear_refs`, '5');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) * 1_024;
  return { now: bytes('VmRSS'), peak: bytes('VmHWM') };
}

const megabyte = 1_024 * 1_024;

test.skipIf(process.platform !== 'linux')('an upload of 50 MB takes at most 20 MB of memory', async () => {
  // As `npm start` sets them.
  const cloud = await startCloud({
    MALLOC_ARENA_MAX: '2',
    MALLOC_TRIM_THRESHOLD_: '65536',
    NODE_OPTIONS: '--max-semi-space-size=1',
  });
  onTestFinished(() => cloud.stop());
  const token = await logIn(cloud, 'admin', adminPassword);
  const bytes = wav(50 * megabyte);
  const grown: number[] = [];
  for (let at = 0; at < 7; at += 1) {
    const file = await requestUpload(cloud, token, { ...sound(`Large ${at}`, bytes.length), sha256: sha256(bytes) });
    const before = memoryOf(cloud.pid, true).now;
    expect(await send(file, bytes)).toBe(200);
    expect((await settled(cloud, token, file.id)).state).toBe('ready');
    grown.push(memoryOf(cloud.pid).peak - before);
  }
  // The least is what an upload takes: the others hold what functions that start beside them take, and garbage.
  expect(Math.min(...grown) / megabyte).toBeLessThan(20);
});
