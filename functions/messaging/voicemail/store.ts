import type { ReadName } from '#contract/effects.ts';
import type { EffectOf } from '#contract/resource.ts';
import { readPage, type PageRequest } from '#dynamodb/page.ts';
import { countMessages, mailboxRow, readMailbox } from '#dynamodb/rows/mailbox.ts';
import type { Table } from '#dynamodb/table.ts';
import { replace, type Write } from '#dynamodb/write.ts';
import { countChange, type Voicemail } from '#schema/voicemail.ts';
import type { voicemail } from './contract.ts';
import { messagesOf, voicemailRow } from '../rows/voicemail.ts';

/** The range of a list. Times are ISO 8601. */
type Received = { readonly from: string | undefined; readonly to: string | undefined };

/** Above every time, and above every id that follows one. */
const end = '~';

export const voicemailStore = (table: Table<ReadName<EffectOf<typeof voicemail>>>) => ({
  get: (id: string) => table.get(voicemailRow, { id }),
  mailbox: (mailbox: string) => readMailbox(table, mailbox),
  counts: (mailbox: string) => table.get(mailboxRow, { mailbox }),
  page: (
    request: PageRequest,
    mailbox: string,
    { from = '', to = end, keep }: Partial<Received> & { readonly keep: (message: Voicemail) => boolean },
  ) =>
    readPage(request, {
      read: (range) =>
        table.queryIndex(voicemailRow, 'GSI1', messagesOf(table.organization, mailbox), {
          ...range,
          between: [from, to],
        }),
      keep,
    }),
});

/** @param max messages that the other mailbox holds */
export const moveWrites = (before: Voicemail, after: Voicemail, max: number): Write<'voicemail' | 'mailbox'>[] => [
  replace(voicemailRow, after, before),
  countMessages(before.mailbox, countChange(before, undefined)),
  countMessages(after.mailbox, countChange(undefined, after), max),
];
