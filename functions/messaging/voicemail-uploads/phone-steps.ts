import { soundOfMessage } from '#schema/message-sound.ts';
import { scheduleDue } from '#dynamodb/rows/due.ts';
import { holdsOn } from '#dynamodb/rows/legal-hold.ts';
import type { Write } from '#dynamodb/write.ts';
import type { BackgroundContext } from '#runtime/background-context.ts';
import { messageSound, soundMilliseconds, type Sound } from '#schema/sound.ts';
import { second } from '#schema/time.ts';
import { audioObject, newMessageDetails, type Voicemail } from '#schema/voicemail.ts';
import { convertSound } from '#sounds/sound-conversion.ts';
import { decoderOf } from '#sounds/sound-decoders.ts';
import {
  isByPhone,
  learnFact,
  reviewDeadline,
  reviewTime,
  shortestMessage,
  takeBackWrites,
  type NewFact,
} from '../rows/phone-message.ts';
import { markWrites } from '../rows/voicemail.ts';
import type { voicemailUploads } from './contract.ts';
import { uploadStore } from './store.ts';

/** What calls play of messages, and messages that callers leave by phone. */

type PhoneContext = BackgroundContext<typeof voicemailUploads>;

type Recorded = { readonly organization: number; readonly id: string };

type Audio = { readonly place: ObjectPlace; readonly type: Voicemail['content_type'] };
type ObjectPlace = ReturnType<typeof audioObject>;

/**
 * Stores what calls play of an object.
 * @returns milliseconds; undefined: there is no object, or none that plays
 */
export async function storeSoundOf(
  { place, type }: Audio,
  sound: Sound,
  { objects }: Pick<PhoneContext, 'objects'>,
): Promise<number | undefined> {
  const opened = await objects.open(place);
  const made = opened === undefined ? undefined : await convertSound(await decoderOf(type), opened.body);
  if (made === undefined || 'reason' in made) return undefined;
  await objects.put(messageSound(sound), made.bytes, { type: 'audio/wav' });
  return soundMilliseconds(made.bytes.length);
}

/** The same of the recording of a message, by its id. */
export const storeSound = (
  { organization, id, type }: Recorded & Pick<Audio, 'type'>,
  context: Pick<PhoneContext, 'objects'>,
): Promise<number | undefined> =>
  storeSoundOf({ place: audioObject(organization, id), type }, soundOfMessage(organization, id), context);

type PhoneWrite = Write<'voicemail' | 'mailbox' | 'due' | 'event:voicemail.new'>;

/** Notes a fact of a message that is not new yet. One whose caller has not decided is looked at again in its time. */
const learn = ({ organization, id }: Recorded, fact: NewFact, context: PhoneContext): Promise<void> =>
  context.transact(organization, async (): Promise<readonly PhoneWrite[]> => {
    const before = await uploadStore(context.tableOf(organization)).get(id);
    if (!isByPhone(before)) return [];
    const after = learnFact(before, fact);
    if (after.status === 'new')
      return [
        ...markWrites(before, after),
        context.recorderOf(organization)('voicemail.new', newMessageDetails(after)),
      ];
    const at = new Date(context.clock().getTime() + reviewTime(after)).toISOString();
    return [...markWrites(before, after), scheduleDue({ kind: reviewDeadline, at, org_id: organization, subject: id })];
  });

/** Takes a message back, whose recording the caller removes. */
const takeBack = ({ organization, id }: Recorded, { transact, tableOf }: PhoneContext): Promise<void> =>
  transact(organization, async () => {
    const table = tableOf(organization);
    const message = await uploadStore(table).get(id);
    return isByPhone(message) ? takeBackWrites(message, await holdsOn(table, 'voicemail')) : [];
  });

/**
 * Takes the recording of a message from the relay. One that is too short is dropped.
 * @returns whether the message is there, or will be
 */
export async function takePhoneRecording(recorded: Recorded, context: PhoneContext): Promise<boolean> {
  const { organization, id } = recorded;
  const opened = await context.objects.open(audioObject(organization, id));
  if (opened === undefined) return true;
  const milliseconds = await storeSound({ ...recorded, type: 'audio/wav' }, context);
  if (milliseconds === undefined || milliseconds < shortestMessage) {
    await takeBack(recorded, context);
    return false;
  }
  const duration = Math.round(milliseconds / second);
  await learn(recorded, { type: 'stored', size: opened.size, duration_seconds: duration }, context);
  return true;
}

/** Settles a message whose caller, or whose task, is gone: what was recorded is kept. */
export async function settlePhoneMessage(recorded: Recorded, context: PhoneContext): Promise<void> {
  const message = await uploadStore(context.tableOf(recorded.organization)).get(recorded.id);
  if (isByPhone(message) && message.phone.stored) await learn(recorded, { type: 'kept', urgent: false }, context);
}
