import {
  consume,
  consumerDependencies,
  settleEach,
  type ConsumerDependencies,
  type Delivery,
} from '#runtime/consume.ts';
import type { SQSEvent } from 'aws-lambda';
import type { Dependencies } from '#runtime/dependencies.ts';
import { queueDependencies } from '#runtime/queue-dependencies.ts';
import { AppError } from '#errors.ts';
import { isLogsEvent, logEntriesIn, type LogsEvent } from '#queue/log-payload.ts';
import { contextOf, type BackgroundContext } from '#runtime/background-context.ts';
import { omit } from '#schema/omit.ts';
import { stateEvent } from '#schema/sms.ts';
import { smsMessage } from '../sms-delivery/contract.ts';
import { reportMessage, smsReports, type Notification } from './contract.ts';
import type { WishChange } from '../sms-opt-outs/opt-out.ts';
import type { StopWords } from '../sms-opt-outs/keyword.ts';
import { answeredAmong, answerTo, carrierOptOut, receivedEventsOf, wishOf } from './inbound.ts';
import { afterReceipt, confirmedBy, eventTypeOf, reportIn, type Inbound, type Receipt } from './report.ts';
import { confirmationWrite, receiptWrites, receivedWrites, reportStore, type Stored } from './store.ts';

type ReportContext = BackgroundContext<typeof smsReports>;

/** Tries after which a message that is not known as sent is not ours, or its attempt never ended. */
const maxTries = 4;

/** The receipt came before its message was stored as sent. It is delivered again. */
class TooEarly extends Error {
  override name = 'TooEarly';
}

/** Lets a message be marked as sent of which it is unknown whether the provider accepted it: a receipt says so. */
async function confirm(receipt: Receipt, { tableOf, transact, queues }: ReportContext): Promise<void> {
  if (receipt.context === undefined) return;
  const { organization, message_id: id } = receipt.context;
  const confirmed = new Set<string>();
  await transact(organization, async () => {
    const sms = await reportStore(tableOf(organization)).sms(id);
    const after = sms === undefined ? undefined : confirmedBy(sms, receipt);
    if (sms === undefined || after === undefined) return [];
    confirmed.add(id);
    return [confirmationWrite(sms, after)];
  });
  // If this message is lost, that of the attempt finds the confirmation when it is due.
  if (confirmed.size > 0) await queues.send('sms-send', [smsMessage({ org_id: organization, id })]);
}

/** @throws TooEarly */
async function takeReceipt(receipt: Receipt, context: ReportContext): Promise<void> {
  const { tableOf, transact, clock, recorderOf } = context;
  const { status, provider, provider_message_id } = receipt;
  const sent = status === null ? undefined : await reportStore(tableOf(0)).sent(provider, provider_message_id);
  if (sent === undefined) await confirm(receipt, context);
  if (status === null) return;
  if (sent === undefined) throw new TooEarly('no message has this id of the provider');
  const { organization, id } = sent;
  await transact(organization, async () => {
    const store = reportStore(tableOf(organization));
    const sms = await store.sms(id);
    const step = sms === undefined ? 'nothing' : afterReceipt(sms, receipt, clock());
    if (step === 'wait') throw new TooEarly(`${id} is being sent`);
    if (step === 'nothing' || sms === undefined) return [];
    const event = omit(stateEvent(step.after), 'type');
    const record = recorderOf(organization);
    const wish = receipt.isOptOut ? carrierOptOut(step.after, await store.optOut(sms.to)) : undefined;
    return [...receiptWrites(sms, step.after, wish), record(eventTypeOf(status), event), ...wishEvents(wish, record)];
  });
}

type Record = ReturnType<ReportContext['recorderOf']>;

const wishEvents = (wish: WishChange | undefined, record: Record) =>
  wish?.event == null ? [] : [record(wish.event.type, omit(wish.event, 'type'))];

/** The events of a received message. */
function eventsOf({ entry, wish, answer }: Stored, record: Record, own: StopWords | undefined) {
  return [
    ...receivedEventsOf(entry, own).map(({ type, ...details }) => record(type, details)),
    ...wishEvents(wish, record),
    ...(answer === undefined ? [] : [record('sms.queued', omit(stateEvent(answer), 'type'))]),
  ];
}

/** Files a received message with what follows from it, in the organization that has its number. */
async function takeInbound({ entry }: Inbound, context: ReportContext): Promise<void> {
  const { tableOf, transact, clock, nextId, recorderOf, log } = context;
  const number = await reportStore(tableOf(0)).number(entry.to);
  if (number?.state !== 'active' || number.org_id === null) {
    log.note('an SMS came to a number that no organization has', { message_id: entry.message_id });
    return;
  }
  const organization = number.org_id;
  const store = reportStore(tableOf(organization));
  await transact(organization, async () => {
    const now = clock();
    const [isFiled, optOut, answers, owner] = await Promise.all([
      store.isFiled(entry.message_id),
      store.optOut(entry.from),
      store.answers(entry.from, now),
      store.organization(),
    ]);
    if (isFiled || owner === undefined) return [];
    const texts = owner.settings.sms;
    const wishes = new Map(optOut === undefined ? [] : [[entry.from, optOut] as const]);
    const facts = { ...answers, wishes, numbers: new Map([[number.number, number]]) };
    const [answered] = answeredAmong([entry], facts, { texts, organization, now });
    const stored: Stored = {
      entry,
      wish: wishOf(entry, optOut, texts?.stop_words),
      answer: answered === undefined ? undefined : answerTo(answered, texts, { id: nextId('msg'), now }),
    };
    return [
      ...receivedWrites(stored, { organization, now }),
      ...eventsOf(stored, recorderOf(organization), texts?.stop_words),
    ];
  });
}

async function takeReport({ message, receives }: Delivery<Notification>, context: ReportContext): Promise<void> {
  const report = reportIn(message.Message, message.Timestamp);
  if (report === null) return;
  if (report.kind === 'inbound') return takeInbound(report, context);
  try {
    await takeReceipt(report, context);
  } catch (error) {
    if (!(error instanceof TooEarly) || receives < maxTries) throw error;
    const { provider_message_id } = report;
    context.log.note('a receipt belongs to no message that was sent', { provider_message_id, problem: error.message });
  }
}

/**
 * Queues the entries of a delivery log of SNS, so that each is taken like a receipt of the queue: one that comes too
 * early comes again. What cannot be read could not be read later.
 */
async function queueEntries(event: LogsEvent, { queues, log }: ReportContext): Promise<void> {
  try {
    const entries = logEntriesIn(event);
    await queues.send('sms-reports', entries.map(reportMessage));
  } catch (error) {
    if (error instanceof AppError) throw error;
    log.note('entries of a delivery log cannot be read', { problem: String(error) });
  }
}

export const smsReportsHandler = (dependencies: ConsumerDependencies = consumerDependencies()) =>
  consume(smsReports, settleEach(takeReport), dependencies);

export const deliveryLogHandler =
  (dependencies: Dependencies = queueDependencies()) =>
  (event: LogsEvent): Promise<void> =>
    queueEntries(event, contextOf(smsReports, dependencies));

/** Takes messages of the queue, and entries of the delivery logs. */
function reportsOrLogs() {
  const [takeReports, takeLog] = [smsReportsHandler(), deliveryLogHandler()];
  return (event: SQSEvent | LogsEvent) => (isLogsEvent(event) ? takeLog(event) : takeReports(event));
}

export const handler = reportsOrLogs();
