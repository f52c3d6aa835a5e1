import { createHash } from 'node:crypto';
import type { Sound } from './sound.ts';

/** What calls play of recordings in the bucket of voicemail, by the ids of the recordings. */

/** The sound of a message. @param audio id of its recording */
export const soundOfMessage = (organization: number, audio: string): Sound & { readonly message: true } => ({
  organization,
  sha256: createHash('sha256').update(audio).digest('hex'),
  message: true,
});

/** The sound of a recording of a voicemail drop. */
export const soundOfDrop = (organization: number, id: string, number: number): Sound & { readonly message: true } =>
  soundOfMessage(organization, `${id}/${number}`);
