import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { announcementLanguages } from '#schema/recording-notice.ts';
import { announcementFile, beepFile } from '../sip-sidecar/media/recording-notice.ts';
import { digitFile, recordBeepFile } from '../sip-sidecar/media/platform-sounds.ts';
import { ringingFile } from '../sip-sidecar/media/ringing.ts';
import { announcementSound, beepSound, digitSounds, recordBeepSound, ringingSound } from './recordings/notice-sound.ts';

/** Speech in PCMU. README.md says how it was made. A bundle has the folder beside it, too. */
const assets = new URL('assets/', import.meta.url);

/** Makes the folder of captures, with the sounds of the platform that rtpengine plays. */
export async function prepareSounds(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, beepFile), beepSound());
  await writeFile(join(folder, ringingFile), ringingSound());
  await writeFile(join(folder, recordBeepFile), recordBeepSound());
  for (const [digit, sound] of digitSounds()) await writeFile(join(folder, digitFile(digit)), sound);
  for (const language of announcementLanguages) {
    const speech = await readFile(new URL(`${language}.ul`, assets));
    await writeFile(join(folder, announcementFile(language)), announcementSound(speech));
  }
}
