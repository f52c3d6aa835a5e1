import { setTimeout as pause } from 'node:timers/promises';
import { unsettled } from './batch-response.ts';
import type { Invocation } from './lambda-pool.ts';
import type { StreamRecord, TableStream } from '../aws/stream.ts';

/** The table's stream with one function that consumes it, as the event source mapping says. */
export type StreamSource = {
  /** Name under which the checkpoint is stored. */
  readonly consumer: string;
  readonly stream: TableStream;
  readonly batchSize: number;
  /** Whether the function names the first record that it has not settled. */
  readonly partial: boolean;
  /** Retries of a failing batch before it is dropped; -1: forever. */
  readonly retries: number;
  accepts(record: StreamRecord): boolean;
  invoke(event: string): Promise<Invocation>;
};

/**
 * Milliseconds after a write, in which a batch gathers the writes that follow it; before a store that does not answer
 * is read again; and before the first and at most before later retries of a batch.
 */
const waits = { gather: 50, failed: 250, firstRetry: 200, longestRetry: 10_000 };

const sequenceOf = (record: StreamRecord | undefined): string => record?.dynamodb?.SequenceNumber ?? '';

/**
 * Feeds the stream's records to the function in order until `stop` is aborted. The checkpoint moves only past records
 * that were settled, filtered out or dropped, so a crash loses none; records in progress are delivered again.
 */
export async function consumeStream(source: StreamSource, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    try {
      const { rings } = source.stream.written;
      const position = await source.stream.checkpoint(source.consumer);
      const records = await source.stream.read(position, source.batchSize);
      if (records.length > 0) await settle(source, records, stop);
      else await nextWrite(source, rings, stop);
    } catch {
      // The store did not answer: read again from the checkpoint.
      await rest(waits.failed, stop);
    }
  }
}

/** Lambda reads an idle stream four times a second. Here the store announces its writes, and no one reads in vain. */
async function nextWrite({ stream: { written } }: StreamSource, rings: number, stop: AbortSignal): Promise<void> {
  await written.wait(rings, { stop });
  await rest(waits.gather, stop);
}

async function settle(source: StreamSource, records: readonly StreamRecord[], stop: AbortSignal): Promise<void> {
  let remaining = records;
  const advance = async (count: number): Promise<void> => {
    if (count > 0) await source.stream.advance(source.consumer, sequenceOf(remaining[count - 1]));
    remaining = remaining.slice(count);
  };
  for (let attempt = 0; remaining.length > 0 && !stop.aborted; attempt += 1) {
    await advance(await deliver(source, remaining));
    if (remaining.length === 0) return;
    if (source.retries >= 0 && attempt >= source.retries) await advance(remaining.length);
    else await rest(Math.min(waits.longestRetry, waits.firstRetry * 2 ** attempt), stop);
  }
}

/** @returns number of records, from the first, that need no further attempt */
async function deliver(source: StreamSource, records: readonly StreamRecord[]): Promise<number> {
  const accepted = records.filter(source.accepts);
  if (accepted.length === 0) return records.length;
  const invocation = await source.invoke(JSON.stringify({ Records: accepted }));
  const failed = unsettled(invocation, accepted.map(sequenceOf), source.partial);
  const first = records.findIndex((record) => failed.has(sequenceOf(record)));
  return first < 0 ? records.length : first;
}

const rest = (milliseconds: number, stop: AbortSignal): Promise<void> =>
  pause(milliseconds, undefined, { signal: stop }).catch(() => undefined);
