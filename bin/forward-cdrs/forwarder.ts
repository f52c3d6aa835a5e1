import { createHash } from 'node:crypto';
import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { second } from '#schema/time.ts';
import { CommandError } from '../command-line/command.ts';
import { filesIn, nextLines, tailAt, wholeDocument, type Chunk, type GrowingFile } from './growing-files.ts';

/**
 * Sends the CDRs of a folder to the platform. A place in a file is stored only after the platform has answered for all
 * before it. What was sent again after a kill counts once, as records have identities.
 */

export type ForwarderSettings = {
  readonly folder: string;
  /** Names of files, with `*` for any text. */
  readonly files: string;
  /** Address of the API, without a slash at its end. */
  readonly url: string;
  readonly key: string;
  /** Parameters of `POST /cdr/{id}`, such as `format` and `timezone`. */
  readonly query: Readonly<Record<string, string>>;
  /** Whether each file is one document. */
  readonly isDocument: boolean;
  /** Where places in files are stored. Beside it, `<state>.rejected.jsonl` has the records that were rejected. */
  readonly state: string;
};

/** A place in a file: its offset, and `tailAt` it. */
const Place = z.object({ end: z.int().min(0), tail: z.string() });
const State = z.object({ files: z.record(z.string(), Place) });
type Places = Readonly<Record<string, z.output<typeof Place>>>;

const readPlaces = (state: string): Places =>
  existsSync(state) ? State.parse(JSON.parse(readFileSync(state, 'utf8'))).files : {};

/** Replaces the file as a whole: a kill leaves the former or the new one. */
function storePlaces(state: string, files: Places): void {
  const next = `${state}.next`;
  const file = openSync(next, 'w', 0o600);
  writeSync(file, JSON.stringify({ files }));
  fsyncSync(file);
  closeSync(file);
  renameSync(next, state);
}

const Result = z.object({
  results: z.array(
    z.object({ index: z.int(), status: z.string(), code: z.string().optional(), message: z.string().optional() }),
  ),
});
const Failure = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    details: z.array(z.object({ path: z.string(), message: z.string() })).default([]),
  }),
});

type Rejected = { readonly index: number; readonly message: string };
type Outcome = { readonly accepted: number; readonly rejected: readonly Rejected[] };

/** A request to which another answer may come later. `after`: milliseconds that the platform asks to wait. */
class TryAgain extends Error {
  readonly after: number | undefined;
  constructor(message: string, after?: number, cause?: unknown) {
    super(message, { cause });
    this.after = after;
  }
}

/** The records of a request that were all rejected, each once, with all of its violations. */
function allRejected({ error }: z.output<typeof Failure>): readonly Rejected[] {
  const byRecord = Map.groupBy(error.details, ({ path }) => Number(/^records\[(\d+)\]/.exec(path)?.[1] ?? 0));
  return [...byRecord].map(([index, violations]) => {
    return { index, message: violations.map(({ message }) => message).join('; ') };
  });
}

async function outcomeOf(response: Response): Promise<Outcome> {
  const { status } = response;
  const wait = Number(response.headers.get('retry-after') ?? Number.NaN) * second;
  const text = await response.text();
  if (status === 429 || status >= 500) throw new TryAgain(`status ${status}`, Number.isNaN(wait) ? undefined : wait);
  const body: unknown = JSON.parse(text);
  if (status === 200) {
    const results = Result.parse(body).results;
    const rejected = results
      .filter((each) => each.status === 'rejected')
      .map(({ index, message = 'rejected' }) => ({ index, message }));
    return { accepted: results.length - rejected.length, rejected };
  }
  const failure = Failure.parse(body);
  if (failure.error.code === 'CDR_VALIDATION_FAILED') return { accepted: 0, rejected: allRejected(failure) };
  throw new CommandError(`The platform rejects the request: ${failure.error.code}, ${failure.error.message}`);
}

/** Milliseconds between attempts, at most. */
const longestPause = 30 * second;
const timeout = 30 * second;

export class Forwarder {
  readonly #settings: ForwarderSettings;
  readonly #print: (line: string) => void;
  readonly #signal: AbortSignal;
  #places: Places;

  constructor(settings: ForwarderSettings, print: (line: string) => void, signal: AbortSignal) {
    this.#settings = settings;
    this.#print = print;
    this.#signal = signal;
    this.#places = readPlaces(settings.state);
  }

  /**
   * Sends what the files have now. @returns whether it sent anything
   * @throws CommandError if the platform rejects the request itself, such as its key
   */
  async forward(): Promise<boolean> {
    const { folder, files, isDocument } = this.#settings;
    const now = Date.now();
    const found = filesIn(folder, files, now);
    let hasSent = false;
    for (const file of found) {
      for (;;) {
        const from = this.#placeIn(file);
        const chunk = isDocument ? wholeDocument(file, from, now) : nextLines(file, from);
        if (chunk === undefined || this.#signal.aborted) break;
        await this.#deliver(file, from, chunk);
        hasSent = true;
      }
    }
    return hasSent;
  }

  /** The offset up to which a file is sent. One that was emptied by its rotation begins again. */
  #placeIn(file: GrowingFile): number {
    const place = this.#places[file.id];
    if (place === undefined || place.end > file.size || tailAt(file, place.end) !== place.tail) return 0;
    return place.end;
  }

  async #deliver(file: GrowingFile, from: number, { text, end }: Chunk): Promise<void> {
    const { accepted, rejected } = await this.#sendUntilAnswered(this.#batchOf(file, from), text);
    this.#noteRejected(file, text, rejected);
    this.#places = { ...this.#places, [file.id]: { end, tail: tailAt(file, end) } };
    storePlaces(this.#settings.state, this.#places);
    this.#print(`${basename(file.path)}: ${accepted} sent, ${rejected.length} rejected`);
  }

  /** The same part of a file is the same batch, also if it is sent again. */
  #batchOf({ id }: GrowingFile, from: number): string {
    const { folder } = this.#settings;
    return `forward-${createHash('sha256').update(`${folder} ${id} ${from}`).digest('hex').slice(0, 24)}`;
  }

  async #sendUntilAnswered(batch: string, text: string): Promise<Outcome> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#send(batch, text);
      } catch (error) {
        if (!(error instanceof TryAgain) || this.#signal.aborted) throw error;
        const next = Math.min(error.after ?? second * 2 ** Math.min(attempt, 5), longestPause);
        this.#print(`The platform does not answer (${error.message}); again in ${Math.ceil(next / second)} s`);
        await pause(next, undefined, { signal: this.#signal });
      }
    }
  }

  async #send(batch: string, text: string): Promise<Outcome> {
    const { url, key, query } = this.#settings;
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(timeout)]);
    const request = fetch(`${url}/cdr/${batch}?${new URLSearchParams(query).toString()}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'text/plain', accept: 'application/json' },
      body: text,
      signal,
    });
    const response = await request.catch((cause: unknown) => {
      throw new TryAgain(cause instanceof Error ? cause.message : 'no connection', undefined, cause);
    });
    return outcomeOf(response);
  }

  #noteRejected({ path }: GrowingFile, text: string, rejected: readonly Rejected[]): void {
    if (rejected.length === 0) return;
    const { state, isDocument } = this.#settings;
    const records = isDocument ? [text] : text.split(/\r\n|\n|\r/).filter((line) => line.trim() !== '');
    const lines = rejected.map(({ index, message }) =>
      JSON.stringify({ file: basename(path), record: records[index] ?? null, message }),
    );
    appendFileSync(`${state}.rejected.jsonl`, `${lines.join('\n')}\n`, { mode: 0o600 });
  }
}
