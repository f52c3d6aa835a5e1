import { minute } from '#schema/time.ts';
import { type Digit, digitBeat, DigitLine, type DigitRequest } from './relay-control.ts';

/** Where in the digits of a relay a call is: what another task continues from. */
export type DigitPosition = Pick<DigitRequest, 'epoch'> & { readonly sequence: number };

/** A digit that a party of a call has pressed. */
export type HeardDigit = Pick<Digit, 'tag' | 'digit'> & { readonly position: DigitPosition };

/** Opens the digits of a relay. @throws Error if it does not answer */
export type OpenDigits = (
  relay: string,
  request: DigitRequest,
  signal: AbortSignal,
) => Promise<AsyncIterable<Uint8Array>>;

/** A call at a relay. */
export type CallAtRelay = { readonly relay: string; readonly call: string };

/** Digits of a relay that are remembered, and for how many milliseconds, for calls that come from another task. */
const limits = { digits: 10_000, ttl: minute } as const;

/** Milliseconds without a line after which a connection is given up. */
const silence = 3 * digitBeat;

/** Bytes of a line. */
const maxLine = 4_096;

/** What is known of a relay. */
type Source = {
  epoch: string;
  /** Sequence of the last digit. */
  last: number;
  readonly kept: { readonly digit: Digit; readonly at: number }[];
  /** Ends the connection; undefined: there is none. */
  reading: AbortController | undefined;
  hasFailed: boolean;
};

type Listener = {
  /** Sequence of the last digit that it knows, in the epoch. */
  readonly after: DigitPosition | undefined;
  readonly onDigit: (digit: HeardDigit) => void;
};

/** The dependencies of the digits. */
export type DigitFeedDependencies = {
  readonly open: OpenDigits;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly fault: (error: unknown) => void;
};

/**
 * The digits of all relays. Every task hears those of all calls, so that one that takes a call over has those that were
 * pressed while it moved. Each comes once and in its order.
 */
export class DigitFeed {
  readonly #dependencies: DigitFeedDependencies;
  readonly #sources = new Map<string, Source>();
  /** By relay and call. */
  readonly #listeners = new Map<string, Set<Listener>>();
  #isClosed = false;

  constructor(dependencies: DigitFeedDependencies) {
    this.#dependencies = dependencies;
  }

  /** Follows these relays, and no others. Call it each second: one whose connection has ended is followed again. */
  follow(relays: readonly string[]): void {
    for (const relay of relays) this.#connect(relay);
    for (const [relay, source] of this.#sources)
      if (!relays.includes(relay)) {
        source.reading?.abort();
        this.#sources.delete(relay);
      }
  }

  /** Where the digits of a relay are now; undefined: it is not followed yet. */
  position(relay: string): DigitPosition | undefined {
    const { epoch = '', last = 0 } = this.#sources.get(relay) ?? {};
    return epoch === '' ? undefined : { epoch, sequence: last };
  }

  /**
   * Hears the digits of a call: those after a position, which another task has stored, or those from now on. A call may
   * have several listeners, one for each party that types.
   * @returns ends it
   */
  listen(at: CallAtRelay, onDigit: Listener['onDigit'], after?: DigitPosition): () => void {
    const key = keyOf(at);
    const listener = { onDigit, after: after ?? this.position(at.relay) };
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(listener));
    const source = this.#sources.get(at.relay);
    if (source !== undefined)
      for (const { digit } of [...source.kept]) if (digit.call === at.call) pass(listener, digit, source.epoch);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(key) === listeners) this.#listeners.delete(key);
    };
  }

  close(): void {
    this.#isClosed = true;
    this.follow([]);
  }

  #connect(relay: string): void {
    const source = this.#sources.get(relay) ?? { epoch: '', last: 0, kept: [], reading: undefined, hasFailed: false };
    this.#sources.set(relay, source);
    if (this.#isClosed || source.reading !== undefined) return;
    const reading = new AbortController();
    source.reading = reading;
    this.#read(relay, source, reading)
      .then(
        () => void (source.hasFailed = false),
        (error: unknown) => this.#report(source, reading, error),
      )
      .finally(() => (source.reading = undefined));
  }

  /** Once for each time that a relay is lost. */
  #report(source: Source, reading: AbortController, error: unknown): void {
    if (!reading.signal.aborted && !source.hasFailed) this.#dependencies.fault(error);
    source.hasFailed = true;
  }

  async #read(relay: string, source: Source, reading: AbortController): Promise<void> {
    const giveUp = (): void => reading.abort();
    let timer = setTimeout(giveUp, silence);
    try {
      const request = { kind: 'digits', epoch: source.epoch, after: source.last } as const;
      const pieces = await this.#dependencies.open(relay, request, reading.signal);
      for await (const line of linesOf(pieces)) {
        clearTimeout(timer);
        timer = setTimeout(giveUp, silence);
        source.hasFailed = false;
        this.#take(relay, source, line);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #take(relay: string, source: Source, line: string): void {
    const { epoch = source.epoch, pressed } = DigitLine.parse(JSON.parse(line));
    if (epoch !== source.epoch) {
      Object.assign(source, { epoch, last: 0 });
      source.kept.length = 0;
    }
    if (pressed === undefined || pressed.sequence <= source.last) return;
    source.last = pressed.sequence;
    this.#keep(source, pressed);
    for (const listener of [...(this.#listeners.get(keyOf({ relay, call: pressed.call })) ?? [])])
      pass(listener, pressed, epoch);
  }

  #keep({ kept }: Source, digit: Digit): void {
    const now = this.#dependencies.now();
    kept.push({ digit, at: now });
    let many = Math.max(0, kept.length - limits.digits);
    while ((kept[many]?.at ?? now) < now - limits.ttl) many += 1;
    kept.splice(0, many);
  }
}

const keyOf = ({ relay, call }: CallAtRelay): string => `${relay} ${call}`;

/** One that knows another epoch has no digits of this one, except if it knew none. */
function pass({ after, onDigit }: Listener, { sequence, tag, digit }: Digit, epoch: string): void {
  if (after !== undefined && (after.epoch !== epoch || sequence <= after.sequence)) return;
  onDigit({ tag, digit, position: { epoch, sequence } });
}

/** @throws Error if a line is too long */
async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > maxLine) throw new Error('a media relay sends a line that is too long');
    yield* lines;
  }
}
