/** Bodies of the event package message-summary (RFC 3842): message waiting indication (MWI). */
import type { Uri } from '../uri.ts';
import { printUri } from '../uri.ts';

/** Media type of the bodies. */
export const messageSummaryType = 'application/simple-message-summary';

/** Messages of a mailbox that were not heard, and that were. The urgent ones are among the others. */
export type MessageSummary = {
  readonly new: number;
  readonly old: number;
  readonly urgentNew: number;
  readonly urgentOld: number;
};

/** A mailbox without messages. */
export const noMessages: MessageSummary = { new: 0, old: 0, urgentNew: 0, urgentOld: 0 };

/** Counts have at most 10 digits (RFC 3842 §5.2: msg-summary-line). A count below zero counts as none. */
const count = (messages: number): number => Math.min(Math.max(0, messages), 2 ** 32 - 1);

/** The text of a summary (RFC 3842 §5.2). Messages are waiting if some were not heard. @param account the mailbox */
export function printMessageSummary(account: Uri, { new: unheard, old, urgentNew, urgentOld }: MessageSummary): string {
  const urgent = `${count(urgentNew)}/${count(urgentOld)}`;
  return [
    `Messages-Waiting: ${unheard > 0 ? 'yes' : 'no'}`,
    `Message-Account: ${printUri(account)}`,
    `Voice-Message: ${count(unheard)}/${count(old)} (${urgent})`,
    '',
  ].join('\r\n');
}
