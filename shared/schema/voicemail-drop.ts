import type { voicemailAudioTypes } from './voicemail.ts';

/** Recordings to leave on the voicemail of others (functions/messaging/README.md, "Voicemail drops"). */

/** A recording, by the number of its upload. */
export type Recording = {
  readonly number: number;
  readonly content_type: (typeof voicemailAudioTypes)[number];
  readonly size: number;
  readonly duration_seconds: number;
  /** Whether what calls play was made of it. Absent: it was not, as it is none, or it was stored before. */
  readonly is_sound?: true;
};

export type DropFile = { readonly id: string; readonly content_type: string; readonly size: number };

/** A drop as stored: it plays a file, or its recording, and may wait for a new recording. */
export type Drop = {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly user_id: string | null;
  readonly file: DropFile | null;
  readonly content: Recording | null;
  readonly upload: Recording | null;
  /** Number of the last upload: a number is never used again. */
  readonly uploads: number;
  readonly created_at: string;
  readonly updated_at: string;
  readonly version: number;
};

/**
 * The drop with the recording that was uploaded, which takes the place of the one before or of a file.
 * @param isSound whether calls can play it
 */
export const acceptUpload = (drop: Drop, isSound: boolean, now: string): Drop => ({
  ...drop,
  content: drop.upload === null || !isSound ? drop.upload : { ...drop.upload, is_sound: true },
  file: null,
  upload: null,
  updated_at: now,
  version: drop.version + 1,
});

/** The drop without its upload; null if nothing is left of it. */
export const rejectUpload = (drop: Drop): Drop | null =>
  drop.content === null && drop.file === null ? null : { ...drop, upload: null, version: drop.version + 1 };

/** The drop without a file that was deleted; null if nothing is left of it. */
export const withoutFile = (drop: Drop): Drop | null =>
  drop.content === null && drop.upload === null ? null : { ...drop, file: null, version: drop.version + 1 };

/** Numbers of recordings that a drop no longer has. */
export function unusedRecordings(before: Drop, after: Drop | null): readonly number[] {
  const kept = new Set([after?.content?.number, after?.upload?.number]);
  return [before.content?.number, before.upload?.number].filter(
    (number) => number !== undefined && !kept.has(number),
  ) as number[];
}

const entityOf = ({ id }: Drop) => ({ type: 'voicemaildrop', id });

/** The event of a change. The consumer of uploads deletes the recordings that the drop no longer has. */
export const updatedDetails = (before: Drop, after: Drop) => ({
  entity: entityOf(after),
  description: `Voicemail drop ${after.name} updated`,
  before,
  after,
  fields: { unused: unusedRecordings(before, after) },
});

/** The event of a deletion, with the recordings that are to be deleted. */
export const deletedDetails = (drop: Drop) => ({
  entity: entityOf(drop),
  description: `Voicemail drop ${drop.name} deleted`,
  before: drop,
  fields: { unused: unusedRecordings(drop, null) },
});
