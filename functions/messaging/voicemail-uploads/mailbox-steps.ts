import type { BackgroundContext } from '#runtime/background-context.ts';
import type { voicemailUploads } from './contract.ts';
import { uploadStore } from './store.ts';

/**
 * Deletes the mailbox of a user that was deleted 30 days ago, unless another user has it now. Messages, preferences and
 * routes follow the event.
 */
export const deleteAbandoned = (
  organization: number,
  mailbox: string,
  { transact, tableOf, recorderOf }: BackgroundContext<typeof voicemailUploads>,
): Promise<void> =>
  transact(organization, async () => {
    const store = uploadStore(tableOf(organization));
    const owner = (await store.mailbox(mailbox))?.user_id ?? null;
    if (owner !== null && (await store.user(owner)) !== undefined) return [];
    const description = `Mailbox ${mailbox} deleted 30 days after its user`;
    const details = { entity: { type: 'mailbox', id: mailbox }, description, persons: [owner] };
    return [recorderOf(organization)('mailbox.deleted', details)];
  });
