import type { BackgroundContext } from '../../../shared/runtime/background-context.ts';
import { mailerFromEnvironment, Rejected } from '../../../shared/mail/mailer.ts';
import {
  consume,
  consumerDependencies,
  each,
  GivenUp,
  type ConsumerDependencies,
  type Delivery,
} from '../../../shared/queue/consume.ts';
import type { Email } from '../../../shared/schema/email.ts';
import { emailDelivery, emailMessage, type EmailMessage } from './contract.ts';
import { begun, failed, sent, stepOf, triedInVain, unavailable, type Step } from './delivery.ts';
import { changed, deliveryStore } from './store.ts';

type DeliveryContext = BackgroundContext<typeof emailDelivery>;

type Taken = {
  readonly step: Step;
  /** As it is now that the try has begun. */ readonly email: Email;
  /** The try before never told of its end. */ readonly brokenOff: boolean;
};

/** Begins a try, unless there is none to begin; of several at once one does. */
async function take(
  { org_id: organization, email_id: id }: EmailMessage,
  { tableOf, transact, clock }: DeliveryContext,
): Promise<Taken | null> {
  let taken: Taken | null = null;
  await transact(organization, async () => {
    const found = await deliveryStore(tableOf(organization)).email(id);
    if (found === undefined) return [];
    const step = stepOf(found, clock().getTime());
    const email = step === 'try' ? begun(found, clock()) : found;
    taken = { step, email, brokenOff: found.status === 'sending' };
    return step === 'try' ? [changed(found, email)] : [];
  });
  return taken;
}

/** What the provider made of it. */
async function tried(email: Email, { mailer, clock, random, log }: DeliveryContext): Promise<Email> {
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
    return sent(email, clock(), by);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    log.note('an e-mail was not taken', { email_id: email.id, attempt: email.attempts, problem });
    if (error instanceof Rejected) return failed(email, clock(), { code: 'REJECTED', message: problem });
    return triedInVain(email, clock(), { problem, chance: random() });
  }
}

/** Writes down how it ended, unless somebody took over meanwhile. */
const conclude = (
  before: Email,
  after: Email,
  { organization, context }: { readonly organization: number; readonly context: DeliveryContext },
): Promise<void> =>
  context.transact(organization, async () => {
    const present = await deliveryStore(context.tableOf(organization)).email(before.id);
    if (present?.version !== before.version) return [];
    const record = context.recorderOf(organization);
    const about = {
      entity: { type: 'email', id: after.id },
      fields: { template: after.template, to: after.to, cc: after.cc },
    };
    switch (after.status) {
      case 'sent':
        return [
          changed(before, after),
          record('email.sent', { ...about, description: `E-mail sent: ${after.subject}` }),
        ];
      case 'failed':
        return [
          changed(before, after),
          record('email.failed', {
            ...about,
            fields: { ...about.fields, error: after.error },
            description: `E-mail failed: ${after.subject}`,
            severity: 'warning',
          }),
        ];
      default:
        return [changed(before, after)];
    }
  });

async function deliver({ message }: Delivery<EmailMessage>, context: DeliveryContext): Promise<void> {
  const taken = await take(message, context);
  if (taken === null || taken.step === 'nothing') return;
  const { step, email, brokenOff } = taken;
  if (typeof step === 'number') return context.queues.send('email-send', [emailMessage(message, step)]);
  if (step === 'try' && brokenOff)
    context.log.note('an e-mail may be sent twice, as a try was broken off', { email_id: email.id });
  const after =
    step === 'try'
      ? await tried(email, context)
      : failed(email, context.clock(), { code: unavailable, message: 'the last try was broken off' });
  await conclude(email, after, { organization: message.org_id, context });
  if (after.status === 'queued')
    return context.queues.send('email-send', [emailMessage(message, after.next_at - context.clock().getTime())]);
  if (after.error?.code === unavailable) throw new GivenUp(unavailable, after.error.message);
}

/** @param outside what the function touches; tests bring their own */
export const emailDeliveryHandler = (
  dependencies: ConsumerDependencies = { ...consumerDependencies(), mailer: mailerFromEnvironment() },
) => consume(emailDelivery, each(deliver), dependencies);

export const handler = emailDeliveryHandler();
