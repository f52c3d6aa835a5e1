import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { memoryObjects } from '#test/support/objects.fixture.ts';
import {
  captured,
  captureHeader,
  encodeMu,
  metadata,
  packetOf,
  recordingId,
  samplesOfWav,
  shareOf,
  toneOf,
} from './recording.fixture.ts';
import { Recorder } from './recorder.ts';
import { wavHeader } from './wav.ts';

const recording = recordingId;
const key = `org_1001/files/${recording}/1`;

const captureOf = (frequencies: Readonly<Record<number, number>>): Buffer =>
  Buffer.concat([
    captureHeader,
    ...Array.from({ length: 50 }, (_, n) =>
      Object.entries(frequencies).map(([port, frequency]) =>
        captured(
          n * 20,
          packetOf({
            port: Number(port),
            sequence: n,
            timestamp: n * 160,
            source: Number(port),
            payload: Uint8Array.from(toneOf(frequency, n * 160, 160), encodeMu),
          }),
        ),
      ),
    ).flat(),
  ]);

/** A folder of rtpengine with one finished capture. */
function spool(capture: Buffer, label?: string) {
  const path = mkdtempSync(join(tmpdir(), 'trunkline-spool-'));
  const folder = { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
  for (const name of ['pcaps', 'metadata']) mkdirSync(join(folder.path, name));
  writeFileSync(join(folder.path, 'pcaps', 'call.pcap'), capture);
  writeFileSync(join(folder.path, 'metadata', 'call.txt'), metadata('call.pcap', label));
  const objects = memoryObjects();
  const faults: string[] = [];
  const state = { isAway: false };
  const recorder = new Recorder({
    folder: folder.path,
    objects: {
      ...objects,
      finish: async (...upload) => {
        if (state.isAway) throw new Error('the store is away');
        return objects.finish(...upload);
      },
    },
    fault: (error) => void faults.push((error as Error).message),
  });
  const left = () => [...readdirSync(join(folder.path, 'pcaps')), ...readdirSync(join(folder.path, 'metadata'))];
  return { folder, objects, recorder, faults, left, state };
}

test('a finished capture becomes a stereo WAV file, and is deleted', async () => {
  const { folder, objects, recorder, left } = spool(captureOf({ 30_000: 440, 30_002: 1_000 }));
  using _ = folder;
  await recorder.run();
  const wav = Buffer.from(await objects.get({ bucket: 'files', key }));
  expect([wav.toString('latin1', 0, 4), wav.readUInt32LE(4), wav.readUInt32LE(40)]).toEqual([
    'RIFF',
    wav.length - 8,
    wav.length - 44,
  ]);
  expect([samplesOfWav(wav, 0).length, shareOf(440, samplesOfWav(wav, 0)) > 0.98]).toEqual([8_000, true]);
  expect(shareOf(1_000, samplesOfWav(wav, 1)) > 0.98).toBe(true);
  expect(left()).toEqual([]);
  await recorder.run();
});

test('a capture whose upload fails is stored the next time', async () => {
  const { folder, objects, recorder, faults, left, state } = spool(captureOf({ 30_000: 440 }));
  using _ = folder;
  state.isAway = true;
  await recorder.run();
  expect([faults, left()]).toEqual([
    ['the recording of call.txt failed: the store is away'],
    ['call.pcap', 'call.txt'],
  ]);
  state.isAway = false;
  await recorder.run();
  expect([(await objects.get({ bucket: 'files', key })).length, left()]).toEqual([32_044, []]);
});

test('what is no capture, or has no sound, is reported, and stored as an empty WAV file', async () => {
  for (const bytes of [Buffer.from('no capture of packets at all'), captureHeader]) {
    const { folder, objects, recorder, faults, left } = spool(bytes);
    using _ = folder;
    await recorder.run();
    expect([faults.length, left()]).toEqual([1, []]);
    expect(Buffer.from(await objects.get({ bucket: 'files', key }))).toEqual(wavHeader(0));
  }
});

test('a capture of others is deleted without a recording', async () => {
  const { folder, objects, recorder } = spool(captureOf({ 30_000: 440 }), 'org=1001');
  using _ = folder;
  await recorder.run();
  await expect(objects.get({ bucket: 'files', key })).rejects.toThrow();
});

test('a message of a mailbox has what its caller says, mono, and may be silent', async () => {
  const message = recording.replace('file_', 'vm_');
  const label = `trunkline org=1001 voicemail=${message} caller=30000`;
  const place = { bucket: 'voicemail', key: `org_1001/voicemail/${message}/1` } as const;
  const { folder, objects, recorder } = spool(captureOf({ 30_000: 440, 30_002: 1_000 }), label);
  using _ = folder;
  await recorder.run();
  const wav = Buffer.from(await objects.get(place));
  expect([wav.readUInt16LE(22), wav.readUInt32LE(40), wav.length]).toEqual([1, 16_000, 16_044]);
  const samples = Array.from({ length: 8_000 }, (_, at) => wav.readInt16LE(44 + 2 * at));
  expect(shareOf(440, samples)).toBeGreaterThan(0.98);
  const silent = spool(captureHeader, label);
  using _silent = silent.folder;
  await silent.recorder.run();
  expect([Buffer.from(await silent.objects.get(place)), silent.faults]).toEqual([wavHeader(0, 1), []]);
});

test('a greeting has what its caller says, mono, as a file', async () => {
  const { folder, objects, recorder } = spool(
    captureOf({ 30_000: 440, 30_002: 1_000 }),
    `trunkline org=1001 greeting=${recording} caller=30000`,
  );
  using _ = folder;
  await recorder.run();
  const wav = Buffer.from(await objects.get({ bucket: 'files', key }));
  expect([wav.readUInt16LE(22), wav.length]).toEqual([1, 16_044]);
});
