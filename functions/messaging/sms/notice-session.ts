import type { Write } from '../../../shared/dynamodb/write.ts';
import type { OrganizationItem } from '../../../shared/dynamodb/rows/organization.ts';
import { recordAll, type Recorder } from '../../../shared/runtime/event-record.ts';
import type { SmsError } from '../../../shared/schema/sms.ts';
import type { SmsBatch } from '../../../shared/schema/sms-batch.ts';
import type { Voicemail } from '../../../shared/schema/voicemail.ts';
import { acceptBatch } from './acceptance.ts';
import { countingWrites, readPayer, type Accounts } from './acceptance-session.ts';
import { messagesOf } from './batch.ts';
import { newMessageEvents } from './state-event.ts';
import {
  acceptanceWrites,
  countWrite,
  newMessageWrites,
  noticesOf,
  noticeStore,
  type AccountTable,
  type NoticeTable,
} from './store.ts';
import {
  hourOf,
  maxNotices,
  noticeDraft,
  noticeError,
  noticeIds,
  rejectionOf,
  tooManyNotices,
} from './voicemail-notice.ts';

/** The SMS about a new voicemail message. Its organization pays for it, as for any other. */

type NoticePlace = Accounts & {
  readonly table: NoticeTable & AccountTable;
  readonly organization: number;
  readonly record: Recorder;
  readonly now: Date;
};

type Wanted = {
  readonly message: Voicemail;
  readonly to: string;
  readonly owner: OrganizationItem;
};

/** What is to be announced; undefined: nothing, or it was. */
async function wantedOf(id: string, { table }: NoticePlace): Promise<Wanted | undefined> {
  const store = noticeStore(table);
  const [message, sent, owner] = await Promise.all([store.voicemail(id), store.sms(noticeIds(id).sms), store.owner()]);
  if (message === undefined || message.status === 'pending' || sent !== undefined || owner === undefined)
    return undefined;
  const to = (await store.preferences(message.mailbox))?.notify_sms ?? null;
  return to === null ? undefined : { message, to, owner };
}

/** A notice that is not sent: its state and its event say why. */
function rejected(wanted: Wanted, from: string | undefined, error: SmsError | null, place: NoticePlace) {
  const draft = noticeDraft(wanted.message, from ?? '', place.now);
  const recipients = [{ to: wanted.to, error, price: null }];
  const batch: SmsBatch = { ...draft, kind: 'sms', expanded: true, recipients };
  return messageWrites(batch, place);
}

const messageWrites = (batch: SmsBatch, { organization, now, record }: NoticePlace) => {
  const messages = messagesOf(batch);
  return [...newMessageWrites(organization, messages, now.getTime()), ...recordAll(record, newMessageEvents(messages))];
};

/** The writes of a notice that is sent. @throws AppError INSUFFICIENT_CREDITS, RATE_LIMITED */
async function accepted({ message, to, owner }: Wanted, from: string, place: NoticePlace) {
  const { organization, now, environment } = place;
  const payer = await readPayer({ organization: owner, now }, place);
  const draft = noticeDraft(message, from, now);
  const { batch, total } = acceptBatch(draft, [{ to, error: null }], payer);
  const { hour, ends } = hourOf(now);
  return [
    ...acceptanceWrites({ batch: { ...batch, expanded: true }, payer, total }),
    countWrite({
      subject: noticesOf(organization, message.mailbox),
      window: hour,
      ends,
      recipients: 1,
      limit: maxNotices,
      error: tooManyNotices(),
    }),
    ...countingWrites(1, { organization: owner, now }, environment),
    ...messageWrites(batch, place),
  ];
}

type NoticeWrite =
  'batch' | 'balance' | 'usage' | 'rate' | 'sms' | 'smslog' | 'due' | 'event:sms.queued' | 'event:sms.failed';

/** The writes of the SMS about a message: none if its mailbox wants none, or it has one already. */
async function noticeWrites(
  id: string,
  rejection: SmsError | undefined,
  place: NoticePlace,
): Promise<readonly Write<NoticeWrite>[]> {
  const wanted = await wantedOf(id, place);
  if (wanted === undefined) return [];
  const { to, owner } = wanted;
  const store = noticeStore(place.table);
  const [from, optedOut] = await Promise.all([store.sender(owner), store.optedOut(to)]);
  const error = rejection ?? noticeError({ to, from, optedOut }, owner);
  if (error === null && from !== undefined) return accepted(wanted, from, place);
  return rejected(wanted, from, error, place);
}

/**
 * Queues the SMS about a voicemail message, once. One that is rejected is stored as failed, which its event reports.
 * @param transact commits what is decided @param placeOf the place of a decision
 */
export async function announceBySms(
  id: string,
  transact: (decide: () => Promise<readonly Write<NoticeWrite>[]>) => Promise<void>,
  placeOf: () => NoticePlace,
): Promise<void> {
  const save = (rejection?: SmsError) => transact(async () => noticeWrites(id, rejection, placeOf()));
  try {
    await save();
  } catch (error) {
    const rejection = rejectionOf(error);
    if (rejection === undefined) throw error;
    await save(rejection);
  }
}
