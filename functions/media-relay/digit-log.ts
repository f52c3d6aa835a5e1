import { randomUUID } from 'node:crypto';
import { minute } from '#schema/time.ts';
import { digitBeat, type Digit, type DigitRequest } from '../sip-sidecar/media/relay-control.ts';

/** Digits that are remembered, and for how many milliseconds: longer than a connection or a call takes to move. */
const limits = { digits: 10_000, ttl: minute } as const;

/** Readers at the same time: more than a service has tasks. */
const maxReaders = 64;

type Kept = { readonly digit: Digit; readonly at: number };

/**
 * The last digits of all calls, in their order. Readers that were away go on where they stopped, so that no digit is
 * lost or comes twice.
 */
export class DigitLog {
  /** Of this process: its digits are counted from 1. */
  readonly epoch = randomUUID();
  readonly #now: () => number;
  readonly #beat: number;
  readonly #kept: Kept[] = [];
  readonly #waiting = new Set<() => void>();
  #last = 0;
  #readers = 0;
  #isClosed = false;

  /** @param now Unix milliseconds @param beat milliseconds between two lines of a reader */
  constructor(now: () => number = Date.now, beat: number = digitBeat) {
    [this.#now, this.#beat] = [now, beat];
  }

  /** Whether it has as many readers as it may have. */
  get isFull(): boolean {
    return this.#readers >= maxReaders;
  }

  add(digit: Omit<Digit, 'sequence'>): void {
    this.#last += 1;
    this.#kept.push({ digit: { ...digit, sequence: this.#last }, at: this.#now() });
    this.#forget();
    this.#wake();
  }

  /** The lines of a reader: digits after one that it knows, and those that come. Ends when the log is closed. */
  async *follow({ epoch, after }: Pick<DigitRequest, 'epoch' | 'after'>): AsyncGenerator<string> {
    this.#readers += 1;
    try {
      yield lineOf({ epoch: this.epoch });
      let position = epoch === this.epoch ? after : 0;
      while (!this.#isClosed) {
        const more = this.#after(position);
        for (const { digit: pressed } of more) yield lineOf({ pressed });
        position = more.at(-1)?.digit.sequence ?? position;
        if (more.length === 0 && !(await this.#change())) yield lineOf({});
      }
    } finally {
      this.#readers -= 1;
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  #after(position: number): readonly Kept[] {
    this.#forget();
    const first = this.#kept[0]?.digit.sequence ?? 0;
    return this.#kept.slice(Math.max(0, position + 1 - first));
  }

  #forget(): void {
    const before = this.#now() - limits.ttl;
    let many = Math.max(0, this.#kept.length - limits.digits);
    while ((this.#kept[many]?.at ?? before) < before) many += 1;
    if (many > 0) this.#kept.splice(0, many);
  }

  /** @returns whether something changed before a line is due */
  #change(): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (isChanged: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve(isChanged);
      };
      const wake = (): void => settle(true);
      const timer = setTimeout(() => settle(false), this.#beat);
      this.#waiting.add(wake);
    });
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}

const lineOf = (content: object): string => `${JSON.stringify(content)}\n`;
