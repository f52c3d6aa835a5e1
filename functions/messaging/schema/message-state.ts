import type { HeardState } from '#schema/mailbox.ts';
import { omit } from '#schema/omit.ts';
import type { HeardVoicemail, Voicemail } from '#schema/voicemail.ts';

/** What becomes of messages, by the API and by phone (functions/messaging/README.md, "Voicemail"). */

/** A mailbox that a message comes to. */
export type MessagePlace = { readonly mailbox: string; readonly owners: readonly string[] };

/** What is done to a message that was heard, or not. */
export type Marking = 'read' | 'unread' | 'save';

/** The state after an action. A saved message stays saved when it is heard again. */
const marked: Readonly<Record<Marking, Readonly<Record<HeardState, HeardState>>>> = {
  read: { new: 'read', read: 'read', saved: 'saved' },
  unread: { new: 'new', read: 'new', saved: 'new' },
  save: { new: 'saved', read: 'saved', saved: 'saved' },
};

/** The message after an action. */
export function mark(voicemail: HeardVoicemail, action: Marking, now: string): HeardVoicemail {
  const status = marked[action][voicemail.status];
  const firstHeard = voicemail.read_at ?? now;
  return {
    ...voicemail,
    status,
    read_at: status === 'new' ? null : firstHeard,
    version: voicemail.version + 1,
  };
}

/** The event of a change of state; undefined if none follows: it is as new, or as old, as before. */
export function markingEvent(
  before: Pick<HeardVoicemail, 'status'>,
  after: Pick<HeardVoicemail, 'status'>,
): 'voicemail.read' | 'voicemail.unread' | undefined {
  if ((before.status === 'new') === (after.status === 'new')) return undefined;
  return after.status === 'new' ? 'voicemail.unread' : 'voicemail.read';
}

/** A copy of a message in another mailbox. */
export const forwardedCopy = (
  voicemail: HeardVoicemail,
  to: { readonly id: string; readonly comment: string | null; readonly now: string } & MessagePlace,
): HeardVoicemail => ({
  ...voicemail,
  ...omit(to, 'now'),
  status: 'new',
  forwarded_from: voicemail.id,
  read_at: null,
  created_at: to.now,
  version: 1,
});

/** What the event of a change of state says. */
export const markingDetails = ({ id, mailbox, status }: HeardVoicemail, action: Marking) => ({
  entity: { type: 'voicemail', id },
  description: `Voicemail ${id}: ${action}`,
  fields: { mailbox, mailboxes: [mailbox], status },
});

/** What the event of a forwarded message says. @param forwarded its new messages */
export const forwardedDetails = (
  { id, mailbox }: Voicemail,
  forwarded: readonly { readonly mailbox: string; readonly id: string }[],
) => ({
  entity: { type: 'voicemail', id },
  description: `Voicemail ${id} forwarded to ${forwarded.length} mailboxes`,
  fields: { mailbox, forwarded },
});
