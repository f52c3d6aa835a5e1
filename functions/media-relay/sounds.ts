import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { announcementLanguages, type AnnouncementLanguage } from '#schema/recording-notice.ts';
import { announcementFile, beepFile } from '../sip-sidecar/media/recording-notice.ts';
import { soundHeader, soundHeaderSize } from '#schema/sound.ts';
import { decodeAdpcm } from '#sounds/adpcm.ts';
import { muOfLinear } from '#sounds/g711.ts';
import { digitFile, promptFile, promptsIn, recordBeepFile } from '../sip-sidecar/media/platform-sounds.ts';
import { musicFile } from '../sip-sidecar/media/hold-music.ts';
import { silenceFile } from '../sip-sidecar/media/comfort-silence.ts';
import { ringingFile } from '../sip-sidecar/media/ringing.ts';
import {
  announcementSound,
  beepSound,
  digitSounds,
  recordBeepSound,
  ringingSound,
  silentSound,
} from './recordings/notice-sound.ts';

/** Speech in PCMU, that of prompts in ADPCM (README.md). A bundle has the folder beside it, too. */
const assets = new URL('assets/', import.meta.url);

/** Makes the folder of captures, with the sounds of the platform that rtpengine plays. */
export async function prepareSounds(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, beepFile), beepSound());
  await writeFile(join(folder, ringingFile), ringingSound());
  await writeFile(join(folder, silenceFile), silentSound());
  await writeFile(join(folder, recordBeepFile), recordBeepSound());
  await writeFile(join(folder, musicFile), soundOfAdpcm(await readFile(new URL('music.ima', assets))));
  for (const [digit, sound] of digitSounds()) await writeFile(join(folder, digitFile(digit)), sound);
  for (const language of announcementLanguages) {
    const speech = await readFile(new URL(`${language}.ul`, assets));
    await writeFile(join(folder, announcementFile(language)), announcementSound(speech));
    await preparePrompts(folder, language);
  }
}

/** The prompts of a language, as sounds of calls. */
async function preparePrompts(folder: string, language: AnnouncementLanguage): Promise<void> {
  const names = promptsIn(language);
  await mkdir(dirname(join(folder, promptFile(language, 'any'))), { recursive: true });
  await Promise.all(
    names.map(async (name) => {
      const speech = await readFile(new URL(`prompts/${language}/${name}.ima`, assets));
      await writeFile(join(folder, promptFile(language, name)), soundOfAdpcm(speech));
    }),
  );
}

/** PCMU of all samples from -32,768: the prompts are 14 million samples, which are to take no time. */
const codes = Uint8Array.from({ length: 65_536 }, (_, at) => muOfLinear(at - 32_768));

function soundOfAdpcm(bytes: Uint8Array): Uint8Array {
  const samples = decodeAdpcm(bytes);
  const sound = new Uint8Array(soundHeaderSize + samples.length);
  sound.set(soundHeader(samples.length));
  for (let at = 0; at < samples.length; at += 1) sound[soundHeaderSize + at] = codes[(samples[at] ?? 0) + 32_768] ?? 0;
  return sound;
}
