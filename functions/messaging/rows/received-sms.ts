import { rateRow } from '#dynamodb/rows/request.ts';
import { smsLogRow } from '#dynamodb/rows/sms-log.ts';
import { smsRow } from '#dynamodb/rows/sms.ts';
import type { Table } from '#dynamodb/table.ts';
import { change, create, type Write } from '#dynamodb/write.ts';
import type { Sms } from '#schema/sms.ts';
import type { SmsLogEntry } from '#schema/sms-log.ts';
import { day, minute, second } from '#schema/time.ts';
import { organizationText } from '#schema/values.ts';
import { logEntryWrite } from './sms-log.ts';

/** Files a received message; stale if it was filed before. */
export const receivedWrite = (entry: SmsLogEntry): Write<'smslog'> => create(smsLogRow, entry);

/** Queues an answer, with its log entry. */
export const answerWrites = (sms: Sms): Write<'sms' | 'smslog'>[] => [create(smsRow, sms), logEntryWrite(sms)];

/** The count of answers in a UTC day: of an organization, or of those to one number. */
const answersKey = (organization: number, now: Date, number?: string) => ({
  subject: `sms-answers/${organizationText(organization)}${number === undefined ? '' : `/${number}`}`,
  minute: (Math.floor(now.getTime() / day) * day) / minute,
});

/** Answers of the day so far: to each of the numbers, and of the organization. */
export async function readAnswers(
  table: Pick<Table<'rate'>, 'getAll' | 'organization'>,
  numbers: readonly string[],
  now: Date,
) {
  const keys = [undefined, ...numbers].map((number) => answersKey(table.organization, now, number));
  const [total, ...counts] = (await table.getAll(rateRow, keys)).map((item) => item?.used ?? 0);
  return { total: total ?? 0, answered: new Map(numbers.map((number, at) => [number, counts[at] ?? 0])) };
}

/** Seconds until a count is deleted, from the start of its day. */
const countTtl = (2 * day) / second;

const countWrite = (key: ReturnType<typeof answersKey>, added: number, most: number): Write<'rate'> =>
  change(rateRow, key, {
    set: { ttl: (key.minute * minute) / second + countTtl },
    add: { used: added },
    onlyIf: { expression: 'attribute_not_exists(used) OR used <= :most', values: { ':most': most - added } },
  });

/** Counts answers to these numbers; stale if a limit was reached since they were read. */
export const countAnswers = (
  numbers: readonly string[],
  {
    organization,
    now,
    most,
  }: {
    readonly organization: number;
    readonly now: Date;
    readonly most: { readonly number: number; readonly organization: number };
  },
): Write<'rate'>[] =>
  numbers.length === 0
    ? []
    : [
        countWrite(answersKey(organization, now), numbers.length, most.organization),
        ...numbers.map((number) => countWrite(answersKey(organization, now, number), 1, most.number)),
      ];
