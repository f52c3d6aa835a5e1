import type { Write } from '#dynamodb/write.ts';
import { AppError } from '#errors.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import type { Recorder } from '#runtime/event-record.ts';
import { acceptBatch } from './acceptance.ts';
import { countingWrites, readPayer, type Accounts } from './acceptance-steps.ts';
import { messagesOf } from './batch.ts';
import { destinationOf, draftOf, flowSmsLimits, recipientProblem, smsIdOf } from './flow-sms.ts';
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
type Wanted = { readonly id: string; readonly call_id: string; readonly to: string; readonly text: string };

type Place = Accounts & {
  readonly table: FlowSmsTable & AccountTable;
  readonly organization: number;
  readonly record: Recorder;
  readonly now: Date;
};

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

/** @returns why it is not sent; null if it is queued, or was */
async function accept(
  wanted: Wanted,
  sending: Sending,
  transact: Transact,
  placeOf: () => Place,
): Promise<string | null> {
  try {
    segmentsWithin(wanted.text);
    await transact(() => messageWrites(wanted, sending, placeOf()));
    return null;
  } catch (error) {
    if (!(error instanceof AppError) || error.status >= 500) throw error;
    // The limit may have been reached by this message, whose question is repeated.
    return (await flowSmsStore(placeOf().table).isStored(smsIdOf(wanted.id))) ? null : error.message;
  }
}

/**
 * Queues a text message of a call, once. The organization pays for it, as for any other.
 * @param transact commits what is decided @param placeOf the place of a decision
 * @returns why it is not sent; null if it is queued
 */
export async function acceptFlowSms(wanted: Wanted, transact: Transact, placeOf: () => Place): Promise<string | null> {
  const store = flowSmsStore(placeOf().table);
  const owner = await store.owner();
  if (owner === undefined) return 'there is no such organization';
  if (wanted.text.trim() === '') return 'the text is empty';
  const destination = destinationOf(wanted.to, owner);
  if ('problem' in destination) return destination.problem;
  const { number } = destination;
  const [from, isOptedOut] = await Promise.all([store.sender(owner), store.optedOut(number)]);
  if (from === undefined) return 'the organization has no sender of SMS';
  return recipientProblem(number, isOptedOut, owner) ?? accept(wanted, { owner, number, from }, transact, placeOf);
}
