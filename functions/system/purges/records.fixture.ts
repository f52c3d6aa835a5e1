import { ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Store } from '#dynamodb/client.ts';
import { commit } from '#dynamodb/commit.ts';
import { countRow } from '#dynamodb/rows/count.ts';
import { emailRow } from '#dynamodb/rows/email.ts';
import { fileObject, fileRow } from '#dynamodb/rows/file.ts';
import { logRow } from '#dynamodb/rows/log.ts';
import { countMessages } from '#dynamodb/rows/mailbox.ts';
import { smsLogRow } from '#dynamodb/rows/sms-log.ts';
import { smsRow } from '#dynamodb/rows/sms.ts';
import { firstIdAt } from '#dynamodb/ulid.ts';
import { change, create, overwrite, type Write } from '#dynamodb/write.ts';
import { queuedEmail } from '#schema/email.ts';
import { entryHash, startOfChain, type ChainLink, type EventLogEntry } from '#schema/event-log.ts';
import { newRecordingFile, recordingOf } from '#schema/file.ts';
import type { RecordClass } from '#schema/record-class.ts';
import type { Sms } from '#schema/sms.ts';
import { logEntryOf } from '#schema/sms-log.ts';
import { second } from '#schema/time.ts';
import { countedAs, type Voicemail } from '#schema/voicemail.ts';
import { pointerTo } from '../../billing/cdr-ingest/cdr-pointer.ts';
import type { FiledCdr } from '../../billing/cdr-ingest/filed-cdr.ts';
import { cdrCallRow, cdrPartyRow, cdrRow } from '../../billing/cdr-ingest/row.ts';
import { filedCdr } from '../../billing/cdr/filed-cdr.fixture.ts';
import { audioObject } from '#schema/voicemail.ts';
import { audioRow, voicemailRow } from '../../messaging/rows/voicemail.ts';
import { eventLogHeadRow, eventLogRow } from '../../platform/event-log/row.ts';

/** Records of every class, for tests of what deletes and archives them. */

/** Who a record is about. */
export type Party = { readonly user: string; readonly number: string };
export const otherParty: Party = { user: 'usr_other', number: '+14155550100' };

/** A record to make: its number gives its id. */
export type Wanted = { readonly at: Date; readonly index: number; readonly party: Party };

const idAt = (prefix: string, { at, index }: Wanted): string =>
  `${firstIdAt(prefix, at.getTime()).slice(0, -8)}${String(index).padStart(8, '0')}`;

/** The call of a CDR or a recording: what a hold may name as well. */
export const callOf = (wanted: Wanted): string => idAt('call', wanted);

const message = (wanted: Wanted): Sms => {
  const [id, at] = [idAt('msg', wanted), wanted.at.toISOString()];
  return {
    ...{
      id,
      batch_id: null,
      status: 'delivered',
      to: wanted.party.number,
      from: 'Acme',
      message: `Hello ${wanted.index}`,
    },
    ...{ encoding: 'gsm7', segments: 1, category: 'transactional', reference: null, user_id: wanted.party.user },
    ...{ callback_url: null, price: null, money: 'charged', scheduled_at: null, held_until: null, attempts: 1 },
    ...{ next_at: 0, valid_until: 0, provider: null, provider_message_id: null, error: null, timestamps: {} },
    ...{ created_at: at, updated_at: at, version: 1 },
  };
};

const cdr = (wanted: Wanted): FiledCdr => {
  const start_time = `${wanted.at.toISOString().slice(0, 19)}Z`;
  return {
    ...filedCdr,
    ...{ id: idAt('cdr', wanted), call_id: callOf(wanted), start_time, end_time: start_time },
    ...{ user_id: wanted.party.user, callee: wanted.party.number, callee_party: wanted.party.number },
    rating: { ...filedCdr.rating, period: start_time.slice(0, 7) },
    rating_history: [],
  };
};

const voicemail = (wanted: Wanted): Voicemail => {
  const at = wanted.at.toISOString();
  return {
    ...{ id: idAt('vm', wanted), mailbox: '204', owners: [wanted.party.user], status: 'new', urgent: false },
    ...{ caller_number: wanted.party.number, caller_name: null, duration_seconds: 3, content_type: 'audio/wav' },
    ...{ size: 1000, call_id: callOf(wanted), forwarded_from: null, comment: null, received_at: at, read_at: null },
    ...{ created_at: at, audio: idAt('aud', wanted), version: 1 },
  };
};

/** A line is about one entity. */
const entityOf = ({ user, number }: Party) =>
  number === otherParty.number ? { type: 'user', id: user } : { type: 'number', id: number };

/** Writes of one item each; those of sums are added once for all. */
const itemsOf: Readonly<Record<Exclude<RecordClass, 'eventlog'>, (wanted: Wanted) => readonly Write[]>> = {
  cdr: (wanted) => {
    const stored = cdr(wanted);
    return [
      overwrite(cdrRow, stored),
      overwrite(cdrPartyRow, pointerTo(stored)),
      overwrite(cdrCallRow, pointerTo(stored)),
    ];
  },
  sms: (wanted) => [create(smsRow, message(wanted)), create(smsLogRow, logEntryOf(message(wanted)))],
  email: (wanted) => {
    const { user, number } = wanted.party;
    const email = queuedEmail({
      ...{ id: idAt('eml', wanted), to: [`${number}@example.com`], cc: [], template: 'invoice', template_version: 1 },
      ...{ subject: `Invoice ${wanted.index}`, text: null, sent_by: user, created_at: wanted.at.toISOString() },
    });
    return [create(emailRow, { ...email, status: 'delivered' as const })];
  },
  voicemail: (wanted) => {
    const { audio, ...rest } = voicemail(wanted);
    return [create(voicemailRow, { ...rest, audio }), create(audioRow, { id: audio, messages: 1 })];
  },
  recordings: (wanted) => {
    const about = { users: [wanted.party.user], parties: [wanted.party.number], direction: 'outbound' as const };
    const { upload, ...file } = newRecordingFile(callOf(wanted), about, wanted.at);
    const content = { number: 1, content_type: 'audio/wav', size: 1000, sha256: 'a'.repeat(64) };
    return [create(fileRow, { ...file, upload: null, content })];
  },
  logs: (wanted) => [
    create(logRow, {
      ...{ id: idAt('log', wanted), mark: String(wanted.index), entity: entityOf(wanted.party) },
      ...{ at: wanted.at.toISOString(), type: 'call', level: 'info', message: '', details: {}, source: null },
      import_id: null,
    }),
  ],
};

/** What the sums of all records are. */
const sumsOf = (of: RecordClass, count: number): readonly Write[] => {
  if (of === 'recordings') return [change(countRow, { of: 'recording_bytes' }, { add: { value: 1000 * count } })];
  if (of !== 'voicemail' || count === 0) return [];
  const { held, new: fresh } = countedAs({ status: 'new', urgent: false });
  return [countMessages('204', { held: held * count, new: fresh * count })];
};

function sealed(organization: number, wanted: Wanted, before: ChainLink): EventLogEntry {
  const { party, at, index } = wanted;
  const entry = {
    ...{ event_log_id: idAt('evl', wanted), org_id: organization, event_type: 'door.opened', severity: 'info' },
    actor: { id: party.user, type: 'user' as const, name: null, email: null },
    ...{ resource: null, description: `Door ${index} opened`, metadata: {}, ip_address: null, user_agent: null },
    ...{ recorded_by: party.user, request_id: null, created_at: at.toISOString() },
  };
  const chain = { state: 'sealed' as const, seq: before.seq + 1, prev_hash: before.hash };
  return { ...entry, chain: { ...chain, hash: entryHash({ ...entry, chain }) } };
}

const atOnce = 96;

async function commitAll(store: Store, organization: number, writes: readonly Write[]): Promise<void> {
  const batches = Array.from({ length: Math.ceil(writes.length / atOnce) }, (_, at) =>
    writes.slice(at * atOnce, (at + 1) * atOnce),
  );
  const one = async (): Promise<void> => {
    for (let next = batches.pop(); next !== undefined; next = batches.pop()) await commit(store, organization, next);
  };
  await Promise.all(Array.from({ length: 4 }, one));
}

/** The keys of the audio of records. */
export function audioKeys(organization: number, of: RecordClass, wanted: readonly Wanted[]): string[] {
  if (of === 'voicemail') return wanted.map((each) => audioObject(organization, idAt('aud', each)).key);
  if (of !== 'recordings') return [];
  return wanted.map((each) => fileObject(organization, recordingOf(callOf(each)), 1).key);
}

/** Stores records of a class. */
export async function storeRecords(
  store: Store,
  organization: number,
  of: RecordClass,
  wanted: readonly Wanted[],
): Promise<void> {
  if (of !== 'eventlog') {
    await commitAll(store, organization, wanted.flatMap(itemsOf[of]));
    return commit(store, organization, sumsOf(of, wanted.length));
  }
  let last = startOfChain;
  const entries = wanted.map((each) => {
    const entry = sealed(organization, each, last);
    last = entry.chain;
    return entry;
  });
  await commitAll(
    store,
    organization,
    entries.map((entry) => create(eventLogRow, entry)),
  );
  await commit(store, organization, [change(eventLogHeadRow, {}, { set: { seq: last.seq, hash: last.hash } })]);
}

/** The entity of the items that hold records of a class, and of the items that go with them. */
const storedAs: Readonly<Record<RecordClass, readonly string[]>> = {
  cdr: ['cdr', 'cdrparty', 'cdrcall'],
  sms: ['smslog', 'sms'],
  email: ['email'],
  voicemail: ['voicemail'],
  eventlog: ['eventlog'],
  recordings: ['file'],
  logs: ['log'],
};

/** The number of the first id in a text. */
const numberOf = (text: string): number => Number(/_[0-9A-Z]{18}(\d{8})/.exec(text)?.[1] ?? Number.NaN);

/** The number of an archived record, from the line of its part. */
export function archivedNumber(line: string): number {
  // The assertions are safe: purges made the line.
  const parsed = JSON.parse(line) as { readonly record?: object; readonly mark?: string };
  return parsed.mark === undefined ? numberOf(JSON.stringify(parsed.record ?? parsed)) : Number(parsed.mark);
}

/**
 * The numbers of the records that are stored, read from the table itself: for each kind of item.
 * @returns by entity
 */
export async function storedNumbers(
  { client, tableName: TableName }: Store,
  organization: number,
  of: RecordClass,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const numbers = new Map(storedAs[of].map((entity) => [entity, [] as number[]]));
  let from: Record<string, never> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName, ...(from === undefined ? {} : { ExclusiveStartKey: from }) }),
    );
    for (const item of page.Items ?? []) {
      const [key = '', sort = ''] = [item['PK']?.S, item['SK']?.S];
      const entity = storedAs[of].find(
        (each) => key === `${each}#${organization}` || key.startsWith(`${each}#${organization}#`),
      );
      if (entity === undefined || sort === 'head') continue;
      numbers.get(entity)?.push(of === 'logs' ? Number(item['mark']?.S) : numberOf(JSON.stringify(item)));
    }
    from = page.LastEvaluatedKey as typeof from;
  } while (from !== undefined);
  return numbers;
}

/** Instants a second apart, the latest of them so many days ago. */
export const instants = (count: number, now: Date, days: number): Date[] =>
  Array.from({ length: count }, (_, at) => new Date(now.getTime() - days * 86_400_000 - (count - at) * second));
