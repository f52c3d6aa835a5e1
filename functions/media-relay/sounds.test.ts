import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { announcementLanguages } from '#schema/recording-notice.ts';
import { digitFile, toneDigits } from '../sip-sidecar/media/platform-sounds.ts';
import { samplesOfWav, shareOf } from './recordings/recording.fixture.ts';
import { prepareSounds } from './sounds.ts';

const parent = mkdtempSync(join(tmpdir(), 'trunkline-sounds-'));
afterAll(() => rmSync(parent, { recursive: true }));

test('the folder has the beeps, the tones, and an announcement of at most 4 s in each language', async () => {
  const folder = join(parent, 'recordings');
  await prepareSounds(folder);
  const announcements = announcementLanguages.map((language) => `announcement-${language}.wav`);
  const digits = Array.from(toneDigits, digitFile);
  const others = ['beep.wav', 'record-beep.wav', 'ringing.wav'];
  expect(readdirSync(folder).toSorted()).toEqual([...announcements, ...digits, ...others].toSorted());
  for (const name of announcements) {
    const samples = samplesOfWav(readFileSync(join(folder, name)), 0);
    const speech = samples.slice(8_000, -4_800);
    const level = Math.sqrt(speech.reduce((sum, sample) => sum + sample * sample, 0) / speech.length);
    expect(samples.length / 8_000).toBeLessThanOrEqual(4);
    expect(speech.length / 8_000).toBeGreaterThan(1);
    // Between -23 and -14 dB of full scale, as speech in telephony is.
    expect(level).toBeGreaterThan(2_300);
    expect(level).toBeLessThan(6_500);
    expect(shareOf(1_400, samples.slice(-3_200))).toBeGreaterThan(0.99);
  }
});
