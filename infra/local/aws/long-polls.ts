import { second } from '#schema/time.ts';
import { json, textIn, type AwsAnswer, type AwsCall, type AwsService } from './aws-call.ts';
import { Bell } from './bell.ts';

/** What a receiver that waits must know of its queue. */
export type AwaitedQueue = {
  /** When messages become visible that are delayed or in flight: Unix milliseconds. */
  readonly visibleAt: readonly number[];
  /** Its `ReceiveMessageWaitTimeSeconds`. */
  readonly wait: number;
  /** The queue that gets its messages after too many attempts. */
  readonly deadLetters: string | undefined;
};

/** SQS API Reference, "ReceiveMessage": seconds. */
const maxWait = 20;
/** Operations after which no other message of a standard queue is visible. */
const quiet = /^(Get|List|Receive|Delete|Tag|Untag|Create)/;

/**
 * Answers long polls in place of `fauxqs`, which looks 50 times a second at each queue that someone waits for. Here a
 * call that may make a message visible rings the bell of its queue; a timer runs until the next message becomes visible
 * by itself.
 */
export class LongPolls {
  readonly #remote: AwsService;
  readonly #inspect: (queue: string) => AwaitedQueue | undefined;
  readonly #bells = new Map<string, Bell>();
  #isStopped = false;

  /** @param inspect undefined: there is no such queue */
  constructor(remote: AwsService, inspect: (queue: string) => AwaitedQueue | undefined) {
    this.#remote = remote;
    this.#inspect = inspect;
  }

  readonly service: AwsService = async (call) => {
    if (call.operation === 'ReceiveMessage') return this.#receive(call, queueOf(call));
    const answer = await this.#remote(call);
    if (quiet.test(call.operation)) return answer;
    // A topic sends to the queues that subscribe to it.
    if (call.service === 'sqs') this.#bells.get(queueOf(call))?.ring();
    else this.ring();
    return answer;
  };

  /** Has all receivers look at their queues again. */
  ring(): void {
    for (const bell of this.#bells.values()) bell.ring();
  }

  /** Answers all receivers that wait. */
  stop(): void {
    this.#isStopped = true;
    this.ring();
  }

  async #receive(call: AwsCall, queue: string): Promise<AwsAnswer> {
    const { WaitTimeSeconds: seconds = this.#inspect(queue)?.wait } = call.parameters;
    // The service itself rejects what is invalid.
    if (typeof seconds !== 'number' || seconds <= 0 || seconds > maxWait) return this.#remote(call);
    const atOnce = call.with({ ...call.parameters, WaitTimeSeconds: 0 });
    return this.#await(queue, Date.now() + seconds * second, () => this.#remote(atOnce));
  }

  /** Looks until there is a message, or until a time in Unix milliseconds. */
  async #await(queue: string, deadline: number, look: () => Promise<AwsAnswer>): Promise<AwsAnswer> {
    const bell = this.#bellOf(queue);
    let answer = json(200, {});
    while (!this.#isStopped) {
      const { rings } = bell;
      answer = await look();
      const { visibleAt = [], deadLetters = '' } = this.#inspect(queue) ?? {};
      this.#bells.get(deadLetters)?.ring();
      if (hasMessages(answer) || Date.now() >= deadline) break;
      await bell.wait(rings, { milliseconds: Math.min(deadline, ...visibleAt) - Date.now() + 1 });
    }
    return answer;
  }

  #bellOf(queue: string): Bell {
    const bell = this.#bells.get(queue) ?? new Bell();
    this.#bells.set(queue, bell);
    return bell;
  }
}

/** The last part of the queue's URL. */
const queueOf = ({ parameters }: AwsCall): string => textIn(parameters, 'QueueUrl').split('/').at(-1) ?? '';

/** Whether the answer has messages, or is an error. */
const hasMessages = ({ status, body }: AwsAnswer): boolean =>
  status !== 200 || (JSON.parse(body.toString()) as { readonly Messages?: unknown }).Messages !== undefined;
