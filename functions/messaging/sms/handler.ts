import { transact } from '#dynamodb/transact.ts';
import { AppError, found } from '#errors.ts';
import { commits, ok } from '#http/answers/answer.ts';
import type { Request } from '#http/handlers.ts';
import { listOf } from '#http/resource-parts.ts';
import { serve } from '#http/serve.ts';
import { assertAllowedUrl, outboundFromEnvironment } from '#outbound/outbound.ts';
import { dependenciesFromEnvironment } from '#runtime/dependencies.ts';
import { readDialed } from '#telephony/dialed-user.ts';
import { recordAll, type Recorder } from '#runtime/event-record.ts';
import { timeRange } from '#schema/time-range.ts';
import type { SmsBatch } from '#schema/sms-batch.ts';
import { acceptBatch, maxDirect } from './acceptance.ts';
import { countingWrites, expandBatch, readPayer, type ExpansionContext, type SmsContext } from './acceptance-steps.ts';
import { acceptedEvent, batchId, chunksOf, messagesOf } from './batch.ts';
import { cancelSms, getSms, listSms, sendSms, smsMessages } from './contract.ts';
import {
  bounds,
  isCancellable,
  matches,
  presentAccepted,
  presentBatch,
  presentListed,
  presentSms,
  withoutSending,
} from './presented-sms.ts';
import { recipientsOf, smsErrors } from './new-sms.ts';
import {
  assertDeliverable,
  assertEnabled,
  assertSender,
  newMessageEvents,
  recipientError,
  scheduleOf,
  segmentsWithin,
  stateEventOf,
} from './submission.ts';
import { acceptanceWrites, cancellation, newMessageWrites, smsStore } from './store.ts';

type SendRequest = Request<typeof sendSms>;

/** The batch of a request without its recipients. @throws AppError */
async function draftOf(request: SendRequest, { table, nextId, outbound }: SmsContext) {
  const { body, caller, organization, now } = request;
  assertEnabled(organization);
  const wanted = body();
  const user = wanted.userId ?? caller.id;
  const { encoding, segments } = segmentsWithin(wanted.message);
  assertSender(wanted.from, await smsStore(table).number(wanted.from), organization);
  const scheduled_at = scheduleOf(wanted, now.getTime());
  const callback_url = wanted.callback_url ?? null;
  if (callback_url !== null) await assertAllowedUrl(outbound, callback_url, 'callback_url');
  const draft = {
    id: batchId(nextId('batch')),
    from: wanted.from,
    message: wanted.message,
    encoding,
    segments,
    category: wanted.category,
    reference: wanted.reference ?? null,
    user_id: user,
    callback_url,
    scheduled_at,
    validity_minutes: wanted.validity_minutes,
    created_at: now.toISOString(),
  };
  // Two spellings of a number are one recipient, with one wish.
  return { draft, numbers: [...new Set(recipientsOf(wanted).map(readDialed))] };
}

/** The messages of a small request are stored with it; those of a large one after it, by an event. */
function firstWrites(batch: SmsBatch, { record, organization, now }: SendRequest) {
  if (batch.recipients.length > maxDirect) return [record('sms.accepted', acceptedEvent(batch))];
  const messages = messagesOf(batch);
  return [
    ...newMessageWrites(organization.org_id, messages, now.getTime()),
    ...recordAll(record, newMessageEvents(messages)),
  ];
}

async function send(request: SendRequest, context: SmsContext) {
  const { organization } = request;
  const { draft, numbers } = await draftOf(request, context);
  const [optedOut, payer] = await Promise.all([smsStore(context.table).optedOut(numbers), readPayer(request, context)]);
  const recipients = numbers.map((to) => ({ to, error: recipientError(to, optedOut, organization) }));
  assertDeliverable(recipients);
  const { batch: accepted, total } = acceptBatch(draft, recipients, payer);
  const batch = { ...accepted, expanded: numbers.length <= maxDirect };
  const queued = recipients.filter(({ error }) => error === null).length;
  return commits(
    [
      ...acceptanceWrites({ batch, payer, total }),
      ...countingWrites(queued, request, context.environment),
      ...firstWrites(batch, request),
    ],
    ok(presentAccepted(batch, messagesOf(batch)), { message: 'SMS accepted' }),
  );
}

function read({ query, page, own, now }: Request<typeof listSms>, { table }: SmsContext) {
  const range = timeRange(query, now.getTime(), bounds);
  const filters = { ...query, ...range, user: own.limitedTo };
  return smsStore(table).page(page(), filters, matches(query, range));
}

const isBatch = (id: string): boolean => id.startsWith('batch_');

async function get({ params: { id } }: Request<typeof getSms>, { table }: SmsContext) {
  const store = smsStore(table);
  if (!isBatch(id)) return ok(presentSms(found(await store.message(id), 'SMS')));
  const { batch, messages } = found(await store.batch(id), 'Batch');
  return ok(presentBatch(batch, messages));
}

type ChangeContext = { readonly organization: number; readonly record: Recorder; readonly now: Date };

/** Cancels those of some messages that are queued. @returns their number @throws AppError while they keep changing */
async function cancelChunk(
  ids: readonly string[],
  change: ChangeContext,
  { table, dependencies }: SmsContext,
): Promise<number> {
  let cancelled = 0;
  const decide = async () => {
    const queued = (await smsStore(table).messages(ids)).filter(isCancellable);
    cancelled = queued.length;
    if (cancelled === 0) return [];
    const changes = queued.map((before) => ({ before, after: withoutSending(before, change.now) }));
    return [
      ...cancellation(changes),
      ...changes.map(({ after }) => change.record('sms.cancelled', stateEventOf(after))),
    ];
  };
  await transact(dependencies, { organization: change.organization, decide });
  return cancelled;
}

async function cancel(request: Request<typeof cancelSms>, context: SmsContext) {
  const { params, record, now, organization } = request;
  const store = smsStore(context.table);
  const read = isBatch(params.id) ? await store.batch(params.id) : undefined;
  const messages = read?.messages ?? [await store.message(params.id)];
  const ids = messages.flatMap((sms) => sms?.id ?? []);
  found(ids[0], 'SMS');
  const change = { organization: organization.org_id, record, now };
  // A batch that was just accepted is expanded first, so that its messages can be cancelled.
  if (read !== undefined) {
    const { table, dependencies } = context;
    const commits: ExpansionContext['transact'] = (decide) =>
      transact(dependencies, { organization: change.organization, decide });
    await expandBatch(read.batch, { ...change, table, transact: commits });
  }
  let count = 0;
  for (const chunk of chunksOf(ids)) count += await cancelChunk(chunk, change, context);
  if (count === 0) throw new AppError(smsErrors.ALREADY_SENT, 'None of its messages is queued any more');
  return ok({ id: params.id, cancelled: count }, { message: 'SMS cancelled' });
}

/** The function of `/sms`. */
export const smsHandler = (dependencies = dependenciesFromEnvironment({ outbound: outboundFromEnvironment() })) =>
  serve(
    smsMessages,
    {
      [sendSms.route]: send,
      [listSms.route]: listOf(read, presentListed),
      [getSms.route]: get,
      [cancelSms.route]: cancel,
    },
    dependencies,
  );

export const handler = smsHandler();
