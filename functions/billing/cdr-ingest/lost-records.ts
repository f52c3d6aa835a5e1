import type { CdrMessage } from './cdr-message.ts';
import type { SettledMessage } from './outcomes.ts';

/** Rejected records of the platform's producers (functions/billing/cdr-ingest/README.md, "Ingestion"). */

/** As the dead-letter queue takes it: `reason` is the code of the first record. */
type LostRecords = {
  readonly id: string;
  readonly body: string;
  readonly reason: string;
  readonly problem: string;
};

/**
 * The message for the dead-letter queue with the rejected records of one message. They are calls for which no one is
 * charged: they raise its alarm, stay readable, and are sent again when their cause is repaired.
 * @returns undefined: it has none. What organizations file themselves is theirs to repair, and of a conflict a CDR is
 * stored
 */
export function lostRecords({
  identity,
  message,
  unreadable,
  settled,
}: SettledMessage<CdrMessage>): LostRecords | undefined {
  if (message.origin !== undefined && message.origin !== null && message.origin !== 'platform') return undefined;
  const rejected = [
    ...unreadable,
    ...settled.flatMap(({ arrival: { position }, outcome }) =>
      outcome.is === 'rejected' ? [{ position, rejected: outcome.record }] : [],
    ),
  ]
    .filter((record) => record.rejected.code !== 'CDR_CONFLICT')
    .toSorted((one, other) => one.position - other.position);
  const [first] = rejected;
  if (first === undefined) return undefined;
  // Sent again, it is a new message.
  const { first_delivered_as: _identity, unread: _unread, accepted: _accepted, ...sent } = message;
  const records = rejected.map(({ position }) => message.records[position]);
  return {
    id: identity,
    body: JSON.stringify({ ...sent, records }),
    reason: first.rejected.code,
    problem: `${rejected.length} of ${message.records.length} records rejected; the first: ${first.rejected.message}`,
  };
}
