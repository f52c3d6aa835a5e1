import type { Voicemail } from '#schema/voicemail.ts';
import { downloadName } from '../../platform/files/file.ts';
import { contentCheck, type ContentCheck } from '../../platform/files/media.ts';

/** A check of audio in pieces, by its content type. It keeps the first bytes only. */
export const audioCheck = (type: string): ContentCheck => contentCheck(type);

/** The name of the audio of a message, as an attachment. */
export const audioName = ({ id, content_type }: Pick<Voicemail, 'id' | 'content_type'>): string =>
  downloadName({ name: id, content_type });
