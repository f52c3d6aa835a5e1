import type { Write } from '#dynamodb/write.ts';
import { AppError, notFound } from '#errors.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { acceptBatch } from './acceptance.ts';
import { countingWrites, readPayer, type Texting } from './acceptance-steps.ts';
import { messagesOf } from './batch.ts';
import { destinationOf, draftOf, flowSmsLimits, recipientProblem, smsIdOf, textOfTemplate } from './flow-sms.ts';
import {
  acceptanceWrites,
  countFlowWrites,
  flowSmsStore,
  newMessageWrites,
  type AccountTable,
  type FlowSmsTable,
} from './store.ts';
import { segmentsWithin, stateEventOf } from './submission.ts';

/** A text message of a call. `id` names it, with a ULID; `to`: as it is written. */
type Asked = {
  readonly id: string;
  readonly call_id: string;
  readonly to: string;
  /** Null: that of the template, with the variables. */
  readonly text: string | null;
  readonly template: string | null;
  readonly variables: Readonly<Record<string, string>>;
};
type Wanted = Pick<Asked, 'id' | 'call_id' | 'to'> & { readonly text: string };

type Place = Texting & { readonly table: FlowSmsTable & AccountTable };

type Sending = { readonly owner: OrganizationItem; readonly number: string; readonly from: string };
type FlowSmsWrite = 'batch' | 'balance' | 'usage' | 'rate' | 'sms' | 'smslog' | 'due' | 'event:sms.queued';

/** Commits what is decided. */
type Transact = (decide: () => Promise<readonly Write<FlowSmsWrite>[]>) => Promise<void>;

/** The writes of a message: none if they are there already. @throws AppError INSUFFICIENT_CREDITS, RATE_LIMITED */
async function messageWrites(
  wanted: Wanted,
  { owner, number, from }: Sending,
  place: Place,
): Promise<readonly Write<FlowSmsWrite>[]> {
  const { environment, now, organization, record, table } = place;
  if (await flowSmsStore(table).isStored(smsIdOf(wanted.id))) return [];
  const payer = await readPayer({ organization: owner, now }, place);
  const accepted = acceptBatch(draftOf(wanted, from, now), [{ to: number, error: null }], payer);
  const batch = { ...accepted.batch, expanded: true };
  const messages = messagesOf(batch);
  return [
    ...acceptanceWrites({ batch, payer, total: accepted.total }),
    ...countFlowWrites({ organization, number, ...flowSmsLimits(now) }),
    ...countingWrites(1, { organization: owner, now }, environment),
    ...newMessageWrites(organization, messages, now.getTime()),
    ...messages.map((sms) => record('sms.queued', stateEventOf(sms))),
  ];
}

/** What is sent. @throws AppError NOT_FOUND, and those of renderText */
async function textOf({ text, template: id, variables }: Asked, { table }: Place): Promise<string> {
  if (id === null) return text ?? '';
  const template = await flowSmsStore(table).template(id);
  if (template?.text == null) throw notFound('Template with a text part');
  return textOfTemplate({ ...template, text: template.text }, variables);
}

/** @returns why it is not sent; null if it is queued, or was */
async function accept(
  asked: Asked,
  sending: Sending,
  transact: Transact,
  placeOf: () => Place,
): Promise<string | null> {
  const { id, call_id, to } = asked;
  try {
    const wanted = { id, call_id, to, text: await textOf(asked, placeOf()) };
    if (wanted.text.trim() === '') return 'the text is empty';
    segmentsWithin(wanted.text);
    await transact(() => messageWrites(wanted, sending, placeOf()));
    return null;
  } catch (error) {
    if (!(error instanceof AppError) || error.status >= 500) throw error;
    // The limit may have been reached by this message, whose question is repeated.
    return (await flowSmsStore(placeOf().table).isStored(smsIdOf(id))) ? null : error.message;
  }
}

/**
 * Queues a text message of a call, once. The organization pays for it, as for any other.
 * @param transact commits what is decided @param placeOf the place of a decision
 * @returns why it is not sent; null if it is queued
 */
export async function acceptFlowSms(asked: Asked, transact: Transact, placeOf: () => Place): Promise<string | null> {
  const store = flowSmsStore(placeOf().table);
  const owner = await store.owner();
  if (owner === undefined) return 'there is no such organization';
  const destination = destinationOf(asked.to, owner);
  if ('problem' in destination) return destination.problem;
  const { number } = destination;
  const [from, isOptedOut] = await Promise.all([store.sender(owner), store.optedOut(number)]);
  if (from === undefined) return 'the organization has no sender of SMS';
  return recipientProblem(number, isOptedOut, owner) ?? accept(asked, { owner, number, from }, transact, placeOf);
}
