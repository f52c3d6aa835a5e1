import { maxNested, type RingGroup } from '#telephony/ring-group.ts';
import type { Application, ApplicationHost, StartApplication, WantedParty } from './application.ts';

/**
 * A ring group with numbers outside. Each call to one is charged to the organization by itself, so the group answers
 * its caller, and calls its members as a flow does.
 */

/** Where groups go on. */
export type GroupSource = {
  /** Where a call goes that no member of a group answers; null: it ends. */
  readonly next: (group: string) => Promise<RingGroup['no_answer']>;
  /** What begins a flow; undefined: there is none. */
  readonly flow: (id: string) => Promise<StartApplication | undefined>;
};

/** For parties that have no time of their own, seconds. */
const ringSeconds = 20;

const ended = {
  busy: { status: 486, q850: 17 },
  others: { status: 480, q850: 16 },
} as const;

/** Answers, calls the members of a group, and goes on where that says. */
export const groupApplication =
  (id: string, source: GroupSource): StartApplication =>
  (host) => {
    host.answer();
    return new GroupApplication(host, source, id);
  };

class GroupApplication implements Application {
  readonly #host: ApplicationHost;
  readonly #source: GroupSource;
  /** The flow that has the call after the group. */
  #flow: Application | undefined;
  #isOver = false;

  constructor(host: ApplicationHost, source: GroupSource, id: string) {
    this.#host = host;
    this.#source = source;
    this.#ring(id).catch(() => this.#hangUp('others'));
  }

  get isMovable(): boolean {
    return this.#flow?.isMovable ?? false;
  }

  suspend(): ReturnType<Application['suspend']> {
    return this.#flow?.suspend();
  }

  goOn(): void {
    this.#flow?.goOn();
  }

  onDigit(digit: string): void {
    this.#flow?.onDigit(digit);
  }

  onEnd(): void {
    this.#isOver = true;
    this.#flow?.onEnd();
  }

  async #ring(first: string): Promise<void> {
    let outcome = await this.#dial({ ring_group: first });
    const rung = new Set([first]);
    let next = await this.#source.next(first);
    while (outcome !== 'answered' && !this.#isOver && next !== null && rung.size <= maxNested) {
      const { type, id } = next;
      if (type === 'flow') return this.#goOnIn(id);
      if (type === 'ring_group' && rung.has(id)) break;
      outcome = await this.#dial(partyOf(type, id));
      rung.add(id);
      next = type === 'ring_group' ? await this.#source.next(id) : null;
    }
    if (outcome !== 'answered') this.#hangUp(outcome === 'busy' ? 'busy' : 'others');
  }

  async #goOnIn(id: string): Promise<void> {
    const start = await this.#source.flow(id);
    if (this.#isOver) return;
    if (start === undefined) this.#hangUp('others');
    else this.#flow = start(this.#host);
  }

  #dial(party: WantedParty): ReturnType<ApplicationHost['dial']> {
    return this.#host.dial({
      parties: [party],
      strategy: 'in_order',
      ring_seconds: ringSeconds,
      caller_id: null,
      policy: null,
      after: null,
      accept: undefined,
      music: undefined,
      user: null,
    });
  }

  #hangUp(why: keyof typeof ended): void {
    if (!this.#isOver) this.#host.hangUp(ended[why]);
  }
}

const partyOf = (type: 'user' | 'device' | 'ring_group', id: string): WantedParty => {
  if (type === 'user') return { user: id };
  return type === 'device' ? { device: id } : { ring_group: id };
};
