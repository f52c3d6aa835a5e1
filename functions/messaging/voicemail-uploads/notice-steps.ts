import type { BackgroundContext } from '#runtime/background-context.ts';
import { queuedDetails, type AttachedRecording } from '#schema/email.ts';
import { deletedMessageDetails, type Voicemail } from '#schema/voicemail.ts';
import { audioObject } from '../rows/voicemail.ts';
import type { voicemailUploads } from './contract.ts';
import { audioName } from './audio.ts';
import { isDeletedAfter, messageOf, noticeOf, voicemailNotice } from './notice.ts';
import { deletionWrites, noticeWrite, uploadStore } from './store.ts';

type NoticeContext = BackgroundContext<typeof voicemailUploads>;

const attachmentOf = (organization: number, message: Voicemail): AttachedRecording => ({
  mailbox: message.mailbox,
  key: audioObject(organization, message.audio).key,
  filename: audioName(message),
  type: message.content_type,
});

/** Queues the e-mail about a new message, if its mailbox wants one and it has none yet. */
export const notify = (organization: number, id: string, context: NoticeContext): Promise<void> =>
  context.transact(organization, async () => {
    const store = uploadStore(context.tableOf(organization));
    const [message, sent] = await Promise.all([store.get(id), store.email(noticeOf(id))]);
    if (message === undefined || message.status === 'pending' || sent !== undefined) return [];
    const preferences = await store.preferences(message.mailbox);
    const to = preferences?.notify_email ?? null;
    if (preferences === undefined || to === null) return [];
    const email = voicemailNotice(message, {
      to,
      timezone: preferences.timezone ?? (await store.timezone()),
      recording: preferences.attach_audio ? attachmentOf(organization, message) : null,
      now: context.clock().toISOString(),
    });
    return [noticeWrite(email), context.recorderOf(organization)('email.queued', queuedDetails(email))];
  });

/** Deletes the message of a notice that was delivered, if its mailbox wants that. */
export const deleteAfterDelivery = (organization: number, notice: string, context: NoticeContext): Promise<void> =>
  context.transact(organization, async () => {
    const store = uploadStore(context.tableOf(organization));
    const [email, message] = await Promise.all([store.email(notice), store.get(messageOf(notice))]);
    if (email === undefined || message === undefined) return [];
    const preferences = await store.preferences(message.mailbox);
    if (preferences === undefined || !isDeletedAfter(email, message, preferences)) return [];
    const details = deletedMessageDetails(message, ' after its e-mail was delivered');
    const deletion = await store.deletionOf(message, context.clock());
    return [...deletionWrites(message, deletion), context.recorderOf(organization)('voicemail.deleted', details)];
  });
