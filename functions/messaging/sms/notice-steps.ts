import type { Write } from '#dynamodb/write.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { recordAll } from '#runtime/event-record.ts';
import type { SmsError } from '#schema/sms.ts';
import type { SmsBatch } from '#schema/sms-batch.ts';
import { isNoticeEvent, NoticeSms } from '#schema/notifier/notifier-notice.ts';
import { acceptBatch } from './acceptance.ts';
import { countingWrites, readPayer, type Texting } from './acceptance-steps.ts';
import { messagesOf } from './batch.ts';
import { newMessageEvents } from './submission.ts';
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
  ruleNoticeDraft,
  tooManyNotices,
  type NoticeDraft,
} from './voicemail-notice.ts';

/**
 * The SMS about a new voicemail message, and those of a notice of the notifier. The organization pays for them, as for
 * any other.
 */

type NoticePlace = Texting & { readonly table: NoticeTable & AccountTable };

type Wanted = {
  readonly draft: (from: string) => NoticeDraft;
  /** E.164 numbers. */
  readonly to: readonly string[];
  readonly owner: OrganizationItem;
  /** What counts besides the recipients of the organization. */
  readonly counts: readonly Write<'rate'>[];
};

type Subject = Omit<Wanted, 'owner'>;

/** The SMS about a voicemail message; undefined: its mailbox wants none. */
async function aboutVoicemail(id: string, { table, organization, now }: NoticePlace): Promise<Subject | undefined> {
  const store = noticeStore(table);
  const message = await store.voicemail(id);
  if (message === undefined || message.status === 'pending') return undefined;
  const to = (await store.preferences(message.mailbox))?.notify_sms ?? null;
  if (to === null) return undefined;
  const { hour, ends } = hourOf(now);
  const count = countWrite({
    subject: noticesOf(organization, message.mailbox),
    window: hour,
    ends,
    recipients: 1,
    limit: maxNotices,
    error: tooManyNotices(),
  });
  return { draft: (from) => noticeDraft(message, from, now), to: [to], counts: [count] };
}

/** The SMS of a notice of the notifier, which its event describes. */
async function ofEvent(id: string, { table, now }: NoticePlace): Promise<Subject | undefined> {
  const event = await noticeStore(table).event(id);
  if (event === undefined || !isNoticeEvent(event.type)) return undefined;
  const { sms_to: to, text } = NoticeSms.parse(event.data);
  return { draft: (from) => ruleNoticeDraft(id, text, from, now), to, counts: [] };
}

/** What is to be sent; undefined: nothing, or it was. */
async function wantedOf(id: string, place: NoticePlace): Promise<Wanted | undefined> {
  const store = noticeStore(place.table);
  const [subject, sent, owner] = await Promise.all([
    isVoicemail(id) ? aboutVoicemail(id, place) : ofEvent(id, place),
    store.sms(noticeIds(id).sms),
    store.owner(),
  ]);
  if (subject === undefined || subject.to.length === 0 || sent !== undefined || owner === undefined) return undefined;
  return { ...subject, owner };
}

/** A notice that is not sent: its state and its event say why. */
function rejected({ draft }: Wanted, recipients: readonly NoticeRecipient[], from: string, place: NoticePlace) {
  const batch: SmsBatch = {
    ...draft(from),
    kind: 'sms',
    expanded: true,
    recipients: recipients.map((each) => ({ ...each, price: null })),
  };
  return messageWrites(batch, place);
}

type NoticeRecipient = { readonly to: string; readonly error: SmsError | null };

const messageWrites = (batch: SmsBatch, { organization, now, record }: NoticePlace) => {
  const messages = messagesOf(batch);
  return [...newMessageWrites(organization, messages, now.getTime()), ...recordAll(record, newMessageEvents(messages))];
};

/** The writes of a notice that is sent. @throws AppError INSUFFICIENT_CREDITS, RATE_LIMITED */
async function accepted(
  { draft, owner, counts }: Wanted,
  recipients: readonly NoticeRecipient[],
  from: string,
  place: NoticePlace,
) {
  const { now, environment } = place;
  const payer = await readPayer({ organization: owner, now }, place);
  const { batch, total } = acceptBatch(draft(from), recipients, payer);
  const sent = recipients.filter(({ error }) => error === null).length;
  return [
    ...acceptanceWrites({ batch: { ...batch, expanded: true }, payer, total }),
    ...counts,
    ...countingWrites(sent, { organization: owner, now }, environment),
    ...messageWrites(batch, place),
  ];
}

type NoticeWrite =
  | 'batch'
  | 'balance'
  | 'usage'
  | 'rate'
  | 'sms'
  | 'smslog'
  | 'due'
  | 'event:sms.queued'
  | 'event:sms.failed';

/** The writes of the SMS of a notice: none if no one wants it, or if they are there already. */
async function noticeWrites(
  id: string,
  rejection: SmsError | undefined,
  place: NoticePlace,
): Promise<readonly Write<NoticeWrite>[]> {
  const wanted = await wantedOf(id, place);
  if (wanted === undefined) return [];
  const { to, owner } = wanted;
  const store = noticeStore(place.table);
  const [from, ...optedOut] = await Promise.all([store.sender(owner), ...to.map((number) => store.optedOut(number))]);
  const recipients = to.map((number, at): NoticeRecipient => ({
    to: number,
    error: rejection ?? noticeError({ to: number, from, optedOut: optedOut[at] ?? false }, owner),
  }));
  if (from !== undefined && recipients.some(({ error }) => error === null))
    return accepted(wanted, recipients, from, place);
  return rejected(wanted, recipients, from ?? '', place);
}

/** Whether an id is that of a voicemail message. */
export const isVoicemail = (id: string): boolean => id.startsWith('vm_');

/**
 * Queues the SMS about a voicemail message, or of a notice of the notifier, once. One that is rejected is stored as
 * failed, which its event reports.
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
