import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import { mailerFromEnvironment, EmailRejected } from '../../../shared/mail/mailer.ts';
import {
  consume,
  consumerDependencies,
  settleEach,
  AbandonedMessage,
  type ConsumerDependencies,
  type Delivery,
} from '../../../shared/queue/consume.ts';
import type { Email } from '../../../shared/schema/email.ts';
import { emailDelivery, emailMessage, type EmailMessage } from './contract.ts';
import {
  deliveryEvent,
  markFailed,
  markSent,
  retryLater,
  startAttempt,
  stepOf,
  unavailable,
  type Step,
} from './delivery.ts';
import { admitConfirmation, admitRecipients, isConfirmation, recipientsOf } from './recipients.ts';
import { countAsk, countRecipients, deliveryStore, forgetAddressWrite, updateWrite } from './store.ts';

type DeliveryContext = BackgroundContext<typeof emailDelivery>;

type Claim = {
  readonly step: Step;
  /** The e-mail; if this is an attempt, after its start. */
  readonly email: Email;
  /** Whether an earlier attempt did not reach its end. */
  readonly brokenOff: boolean;
};

type Place = { readonly organization: number; readonly context: DeliveryContext };

/** The event of a final state. */
function finalEvents(email: Email, { organization, context }: Place) {
  const event = deliveryEvent(email);
  if (event === undefined) return [];
  const { type, ...details } = event;
  return [context.recorderOf(organization)(type, details)];
}

/** The writes that go with a final state. An address that was not asked after all may be asked again. */
async function finalWrites(email: Email, { organization, context }: Place) {
  const events = finalEvents(email, { organization, context });
  if (email.status !== 'failed' || !isConfirmation(email)) return events;
  const asked = await deliveryStore(context.tableOf(organization)).unconfirmed(email.to[0] ?? '');
  return asked === undefined ? events : [...events, forgetAddressWrite(asked)];
}

/** To whom the e-mail goes; or why to no one. */
async function admit(before: Email, { organization, context }: Place, now: Date) {
  const store = deliveryStore(context.tableOf(organization));
  if (isConfirmation(before)) {
    const [asks, today] = await Promise.all([store.asksOn(now, before.to[0] ?? ''), store.recipientsOn(now)]);
    return { admission: admitConfirmation(before, asks, today), limit: today.limit };
  }
  const [allowed, today] = await Promise.all([store.allowedAmong(recipientsOf(before)), store.recipientsOn(now)]);
  return { admission: admitRecipients(before, allowed, today), limit: today.limit };
}

/** The first attempt, to those who may be written to; or the end of an e-mail to none. */
async function firstAttempt(before: Email, { organization, context }: Place) {
  const now = context.clock();
  const { admission, limit } = await admit(before, { organization, context }, now);
  if ('problem' in admission) {
    const email = markFailed(before, now, admission.problem);
    const writes = [updateWrite(before, email), ...(await finalWrites(email, { organization, context }))];
    return { step: 'nothing', email, brokenOff: false, writes } as const;
  }
  const email = startAttempt(admission.email, now);
  const writes = [
    updateWrite(before, email),
    countRecipients(organization, now, { recipients: admission.recipients, limit }),
    ...(isConfirmation(email) ? [countAsk(email.to[0] ?? '', now)] : []),
  ];
  return { step: 'attempt', email, brokenOff: false, writes } as const;
}

/** Starts an attempt, if one is due; of parallel ones only one starts. Null: the e-mail does not exist. */
async function claim(
  { org_id: organization, email_id: id }: EmailMessage,
  context: DeliveryContext,
): Promise<Claim | null> {
  const { tableOf, transact, clock } = context;
  let result: Claim | null = null;
  await transact(organization, async () => {
    const before = await deliveryStore(tableOf(organization)).email(id);
    if (before === undefined) return [];
    const step = stepOf(before, clock().getTime());
    if (step === 'attempt' && before.attempts === 0) {
      const { writes, ...first } = await firstAttempt(before, { organization, context });
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
async function attempt(email: Email, { mailer, clock, random, log }: DeliveryContext): Promise<Email> {
  try {
    const by = await mailer.send({
      id: email.id,
      sender: 'platform',
      to: email.to,
      cc: email.cc,
      subject: email.subject,
      text: email.text ?? '',
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
const conclude = (before: Email, after: Email, { organization, context }: Place): Promise<void> =>
  context.transact(organization, async () => {
    const current = await deliveryStore(context.tableOf(organization)).email(before.id);
    if (current?.version !== before.version) return [];
    return [updateWrite(before, after), ...(await finalWrites(after, { organization, context }))];
  });

async function deliver({ message }: Delivery<EmailMessage>, context: DeliveryContext): Promise<void> {
  const claimed = await claim(message, context);
  if (claimed === null || claimed.step === 'nothing') return;
  const { step, email, brokenOff } = claimed;
  if (typeof step === 'number') return context.queues.send('email-send', [emailMessage(message, step)]);
  if (step === 'attempt' && brokenOff)
    context.log.note('an e-mail may be sent twice, as an attempt broke off', { email_id: email.id });
  const after =
    step === 'attempt'
      ? await attempt(email, context)
      : markFailed(email, context.clock(), { code: unavailable, message: 'the last attempt broke off' });
  await conclude(email, after, { organization: message.org_id, context });
  if (after.status === 'queued')
    return context.queues.send('email-send', [emailMessage(message, after.next_at - context.clock().getTime())]);
  if (after.error?.code === unavailable) throw new AbandonedMessage(unavailable, after.error.message);
}

export const emailDeliveryHandler = (
  dependencies: ConsumerDependencies = { ...consumerDependencies(), mailer: mailerFromEnvironment() },
) => consume(emailDelivery, settleEach(deliver), dependencies);

export const handler = emailDeliveryHandler();
