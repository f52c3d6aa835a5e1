import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { announcementLanguages } from '#schema/recording-notice.ts';
import { announcementFile, beepFile } from '../sip-sidecar/media/recording-notice.ts';
import { announcementSound, beepSound } from './recordings/notice-sound.ts';

/** Speech in PCMU. README.md says how it was made. A bundle has the folder beside it, too. */
const assets = new URL('assets/', import.meta.url);

/** Makes the folder of captures, with the sounds that rtpengine plays to the parties of recorded calls. */
export async function prepareSounds(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, beepFile), beepSound());
  for (const language of announcementLanguages) {
    const speech = await readFile(new URL(`${language}.ul`, assets));
    await writeFile(join(folder, announcementFile(language)), announcementSound(speech));
  }
}
