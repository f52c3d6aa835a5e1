import { mailboxRow } from '../../../shared/dynamodb/rows/mailbox.ts';
import { change, remove } from '../../../shared/dynamodb/write.ts';
import type { CascadeEffect } from '../../../shared/contract/resource.ts';
import type { CascadeContext, CascadeSteps } from '../../../shared/runtime/cascade.ts';
import { deletedMessageDetails, type Voicemail } from '../../../shared/schema/voicemail.ts';
import type { voicemail } from './contract.ts';
import { audioRow, messagesOf, voicemailRow } from '../rows/voicemail.ts';

/** Messages, or mailboxes, in one slice: a message has three items. */
const limit = 30;

/** Messages that the index shows, of which some may be deleted or moved. */
const shownAtOnce = 100;

type Context = CascadeContext<CascadeEffect<typeof voicemail>>;

/** The deletion of messages, some of which share their audio. */
function deletions(messages: readonly Voicemail[], { record }: Context, why: string) {
  const audio = Map.groupBy(messages, (message) => message.audio);
  return [
    ...messages.flatMap((message) => [
      remove(voicemailRow, message),
      record('voicemail.deleted', deletedMessageDetails(message, why)),
    ]),
    ...[...audio].map(([id, { length }]) => change(audioRow, { id }, { add: { messages: -length } })),
  ];
}

async function deleteMessages(mailbox: string, context: Context) {
  const { table } = context;
  const range = { limit: shownAtOnce };
  const { items } = await table.queryIndex(voicemailRow, 'GSI1', messagesOf(table.organization, mailbox), range);
  const present = (await table.getAll(voicemailRow, items)).flatMap((message) =>
    message?.mailbox === mailbox ? [message] : [],
  );
  return deletions(present.slice(0, limit), context, ' with its mailbox');
}

export const cascade: CascadeSteps<typeof voicemail> = {
  'mailbox.deleted': [
    deleteMessages,
    async (mailbox, { table }) => {
      const counts = await table.get(mailboxRow, { mailbox });
      return counts === undefined ? [] : [remove(mailboxRow, { mailbox })];
    },
  ],
  'org.closed': [
    async (_organization, context) => {
      const { items } = await context.table.query(voicemailRow, {}, { limit });
      return deletions(items, context, ' with its organization');
    },
    async (_organization, { table }) => {
      const { items } = await table.query(mailboxRow, {}, { limit });
      return items.map((mailbox) => remove(mailboxRow, mailbox));
    },
  ],
};
