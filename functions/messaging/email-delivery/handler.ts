import type { BackgroundContext } from '#runtime/background-context.ts';
import { EmailRejected, mailerFromEnvironment } from '#mail/mailer.ts';
import {
  AbandonedMessage,
  consume,
  consumerDependencies,
  settleEach,
  type ConsumerDependencies,
  type Delivery,
} from '#runtime/consume.ts';
import { objectsFromEnvironment } from '#objects/objects.ts';
import { newBrake, windowsOfStore, type Brake } from '#limits/brake.ts';
import { queuedDetails, type Email } from '#schema/email.ts';
import { second } from '#schema/time.ts';
import { emailDelivery, emailMessage, type EmailMessage } from './contract.ts';
import {
  deliveryEvent,
  isFinished,
  markFailed,
  markSent,
  retryLater,
  startAttempt,
  stepOf,
  unavailable,
  type Step,
} from './delivery.ts';
import { bodyOf, removeContent } from './content-steps.ts';
import {
  admitConfirmation,
  admitRecipients,
  admitUnsuppressed,
  isConfirmation,
  isForLogIn,
  isFromPlatform,
  recipientsOf,
} from './recipients.ts';
import { takeReport } from './report-steps.ts';
import type { ProviderReport } from './report.ts';
import { announceWrite, countRecipients, deliveryStore, forgetAddressWrite, updateWrite } from './store.ts';

type DeliveryContext = BackgroundContext<typeof emailDelivery> & { readonly brake: Brake };

type Claim = {
  readonly step: Step;
  /** The e-mail; if this is an attempt, after its start. */
  readonly email: Email;
  /** Whether an earlier attempt did not reach its end. */
  readonly brokenOff: boolean;
};

type OrgContext = { readonly organization: number; readonly context: DeliveryContext };

/** What the brake says about a first attempt: when it may be made, and whether a question may be sent at all. */
type Slot = { readonly wait: number; readonly mayAsk: boolean };
const atOnce: Slot = { wait: 0, mayAsk: true };

/**
 * Counts the first attempt of an e-mail to each of its addresses (functions/platform/README.md, "The brake"). Password
 * resets were counted when they were made. @returns milliseconds to wait; a question does not wait
 */
async function slotOf({ org_id: organization, email_id: id }: EmailMessage, context: DeliveryContext): Promise<Slot> {
  const now = context.clock();
  const email = await deliveryStore(context.tableOf(organization)).email(id);
  if (email === undefined || email.attempts > 0 || stepOf(email, now.getTime()) !== 'attempt') return atOnce;
  if (isFromPlatform(email) && isForLogIn(email)) return atOnce;
  const isQuestion = isFromPlatform(email) && isConfirmation(email);
  const kind = isQuestion ? 'confirmation-email' : 'email';
  const waits = await Promise.all(
    recipientsOf(email).map((target) => context.brake(kind, { organization, target }, now)),
  );
  const wait = Math.max(0, ...waits) * second;
  return isQuestion ? { wait: 0, mayAsk: wait === 0 } : { wait, mayAsk: true };
}

/** The event of a final state. */
function finalEvents(email: Email, { organization, context }: OrgContext) {
  const event = deliveryEvent(email);
  if (event === undefined) return [];
  const { type, ...details } = event;
  return [context.recorderOf(organization)(type, details)];
}

/** The writes that go with a state that ends the attempts. An address that was not asked may be asked again. */
async function finalWrites(email: Email, { organization, context }: OrgContext) {
  const events = finalEvents(email, { organization, context });
  if (email.status !== 'failed' || !isConfirmation(email)) return events;
  const asked = await deliveryStore(context.tableOf(organization)).unconfirmed(email.to[0] ?? '');
  return asked === undefined ? events : [...events, forgetAddressWrite(asked)];
}

/** To whom the e-mail goes; or why to no one. `counted`: as recipients of the day, of which the platform limits. */
async function admit(before: Email, { mayAsk }: Slot, { organization, context }: OrgContext, now: Date) {
  const store = deliveryStore(context.tableOf(organization));
  const admitted = admitUnsuppressed(before, await store.suppressedAmong(recipientsOf(before), now));
  if ('problem' in admitted || !isFromPlatform(before)) return { admission: admitted, counted: false, limit: 0 };
  const { email } = admitted;
  if (isConfirmation(email)) {
    const today = await store.recipientsOn(now);
    return { admission: admitConfirmation(email, mayAsk, today), counted: true, limit: today.limit };
  }
  const [allowed, today] = await Promise.all([store.allowedAmong(recipientsOf(email)), store.recipientsOn(now)]);
  if (isForLogIn(email))
    return { admission: admitRecipients(email, allowed, { used: 0, limit: 1 }), counted: false, limit: 0 };
  return { admission: admitRecipients(email, allowed, today), counted: true, limit: today.limit };
}

/** The first attempt, to those who may be written to; or the end of an e-mail to none. */
async function firstAttempt(before: Email, slot: Slot, { organization, context }: OrgContext) {
  const now = context.clock();
  const { admission, counted, limit } = await admit(before, slot, { organization, context }, now);
  if ('problem' in admission) {
    const email = markFailed(before, now, admission.problem);
    const writes = [updateWrite(before, email), ...(await finalWrites(email, { organization, context }))];
    return { step: 'nothing', email, brokenOff: false, writes } as const;
  }
  const email = startAttempt(admission.email, now);
  const writes = [
    updateWrite(before, email),
    ...(counted ? [countRecipients(organization, now, { recipients: admission.recipients, limit })] : []),
  ];
  return { step: 'attempt', email, brokenOff: false, writes } as const;
}

/** Starts an attempt, if one is due; of parallel ones only one starts. Null: the e-mail does not exist. */
async function claim(
  { org_id: organization, email_id: id }: EmailMessage,
  slot: Slot,
  context: DeliveryContext,
): Promise<Claim | null> {
  const { tableOf, transact, clock } = context;
  let result: Claim | null = null;
  await transact(organization, async () => {
    const before = await deliveryStore(tableOf(organization)).email(id);
    if (before === undefined) return [];
    const step = stepOf(before, clock().getTime());
    if (step === 'attempt' && before.attempts === 0) {
      const { writes, ...first } = await firstAttempt(before, slot, { organization, context });
      result = first;
      return writes;
    }
    const email = step === 'attempt' ? startAttempt(before, clock()) : before;
    result = { step, email, brokenOff: before.status === 'sending' };
    return step === 'attempt' ? [updateWrite(before, email)] : [];
  });
  return result;
}

/** Sends the e-mail by the provider. @returns its next state */
async function attempt(email: Email, { organization, context }: OrgContext): Promise<Email> {
  const { mailer, clock, random, log, objects } = context;
  try {
    const { tracking, sender, reply_to = null, priority } = email;
    const by = await mailer.send({
      id: email.id,
      organization,
      sender: isFromPlatform(email) ? 'platform' : 'domain',
      ...(sender === undefined ? {} : { from: sender }),
      to: email.to,
      cc: email.cc,
      bcc: email.bcc ?? [],
      reply_to,
      subject: email.subject,
      ...(await bodyOf(email, objects)),
      ...(priority === undefined ? {} : { priority }),
      ...(tracking === undefined ? {} : { tracking }),
      date: email.created_at,
    });
    return markSent(email, clock(), by);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    log.note('the provider did not accept an e-mail', { email_id: email.id, attempt: email.attempts, problem });
    if (error instanceof EmailRejected) return markFailed(email, clock(), { code: 'REJECTED', message: problem });
    return retryLater(email, clock(), { problem, chance: random() });
  }
}

/** Saves the next state with its event, unless another attempt has started since. */
const conclude = (before: Email, after: Email, { organization, context }: OrgContext): Promise<void> =>
  context.transact(organization, async () => {
    const current = await deliveryStore(context.tableOf(organization)).email(before.id);
    if (current?.version !== before.version) return [];
    return [updateWrite(before, after), ...(await finalWrites(after, { organization, context }))];
  });

async function deliver(message: EmailMessage, context: DeliveryContext): Promise<void> {
  const orgContext = { organization: message.org_id, context };
  const slot = await slotOf(message, context);
  if (slot.wait > 0) return context.queues.send('email-send', [emailMessage(message, slot.wait)]);
  const claimed = await claim(message, slot, context);
  if (claimed === null) return;
  const { step, email, brokenOff } = claimed;
  if (step === 'nothing') return removeContent(email, orgContext);
  if (typeof step === 'number') return context.queues.send('email-send', [emailMessage(message, step)]);
  if (step === 'attempt' && brokenOff)
    context.log.note('an e-mail may be sent twice, as an attempt broke off', { email_id: email.id });
  const after =
    step === 'attempt'
      ? await attempt(email, orgContext)
      : markFailed(email, context.clock(), { code: unavailable, message: 'the last attempt broke off' });
  await conclude(email, after, orgContext);
  if (after.status === 'queued')
    return context.queues.send('email-send', [emailMessage(message, after.next_at - context.clock().getTime())]);
  await removeContent(after, orgContext);
  if (after.error?.code === unavailable) throw new AbandonedMessage(unavailable, after.error.message);
}

/** Gives each e-mail of a batch its event, which starts its delivery. */
const announce = ({ org_id: organization, email_id: id }: EmailMessage, context: DeliveryContext): Promise<void> =>
  context.transact(organization, async () => {
    const store = deliveryStore(context.tableOf(organization));
    const batch = await store.batch(id);
    if (batch === undefined || batch.announced) return [];
    const record = context.recorderOf(organization);
    const emails = await store.emailsOf(batch);
    return [
      announceWrite(batch),
      ...emails
        .filter(({ status }) => status === 'queued')
        .map((email) => record('email.queued', queuedDetails(email))),
      // Those to suppressed addresses.
      ...emails.filter(isFinished).flatMap((email) => finalEvents(email, { organization, context })),
    ];
  });

const handle = ({ message }: Delivery<EmailMessage | ProviderReport>, context: DeliveryContext): Promise<void> => {
  if ('eventType' in message) return takeReport(message, context);
  return message.email_id.startsWith('ebatch_') ? announce(message, context) : deliver(message, context);
};

export const emailDeliveryHandler = (
  dependencies: ConsumerDependencies = {
    ...consumerDependencies(),
    mailer: mailerFromEnvironment(),
    objects: objectsFromEnvironment(),
  },
) => {
  const brake = newBrake(windowsOfStore(dependencies.store));
  return consume(
    emailDelivery,
    settleEach((received, context) => handle(received, { ...context, brake })),
    dependencies,
  );
};

export const handler = emailDeliveryHandler();
