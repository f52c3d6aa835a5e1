import { StaleWrite } from '#dynamodb/commit.ts';
import type { ChannelLimits } from '#dynamodb/rows/channel.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { AppError } from '#errors.ts';
import type { Call, Channel } from '#telephony/call.ts';
import type { Side } from '../call/state.ts';
import type { CallWriter } from '../records/writer.ts';
import { isPhoneTarget, type Target } from '../routing/target.ts';

type Channels = Call['channels'];

/**
 * Whose channels they are: of a side, of the new party that a transfer calls, of a leg that is called, of the number of
 * a forward, or those that the first legs find.
 */
export type ChannelHolder = Side | 'transfer' | `leg ${string}` | `forward ${number}` | 'first';

/** The channels that one call takes: some stay with it, those of its parties change with them. */
export class CallChannels {
  readonly #writer: Pick<CallWriter, 'takeChannels'>;
  #kept: Channels = [];
  readonly #of = new Map<ChannelHolder, Channels>();
  /** Targets whose channels were taken when the call was stored. */
  #taken: readonly Target[] = [];
  /** Settled when no channels are being taken. */
  #taking: Promise<unknown> = Promise.resolve();

  constructor(writer: Pick<CallWriter, 'takeChannels'>) {
    this.#writer = writer;
  }

  get all(): Channels {
    return [...this.#kept, ...[...this.#of.values()].flat()];
  }

  get kept(): Channels {
    return this.#kept;
  }

  /** The channels that the call has whatever its parties. */
  keep(channels: Channels): void {
    this.#kept = channels;
  }

  set(holder: ChannelHolder, channels: Channels): void {
    if (channels.length === 0) this.#of.delete(holder);
    else this.#of.set(holder, channels);
  }

  of(holder: ChannelHolder): Channels {
    return this.#of.get(holder) ?? [];
  }

  /** Of the numbers of forwards. */
  get ofForwards(): Channels {
    return [...this.#of].flatMap(([holder, channels]) => (holder.startsWith('forward ') ? channels : []));
  }

  /** @returns what a holder had, which has none any more */
  remove(holder: ChannelHolder): Channels {
    const removed = this.of(holder);
    this.#of.delete(holder);
    return removed;
  }

  /** The new party has its side now. */
  move(side: Side): void {
    this.set(side, this.of('transfer'));
    this.set('transfer', []);
  }

  /** Targets whose channels the call has taken when it was stored. */
  hasTaken(targets: readonly Target[]): void {
    this.#taken = targets;
    this.#setFirst();
  }

  #setFirst(): void {
    this.set(
      'first',
      this.#taken.flatMap(({ channels }) => channels),
    );
  }

  /**
   * A gateway gives its channels back when its leg has failed. A phone takes one when it answers.
   * @returns false if a limit leaves no room
   */
  async takeTarget(leg: string, target: Target): Promise<boolean> {
    if (isPhoneTarget(target) || target.channels.length === 0) return true;
    if (!this.#taken.includes(target)) return this.take(`leg ${leg}`, target.channels, target.limits);
    this.#taken = this.#taken.filter((taken) => taken !== target);
    this.#setFirst();
    this.set(`leg ${leg}`, target.channels);
    return true;
  }

  /** @returns false if a limit leaves no room; then the holder has what it had before */
  take(holder: ChannelHolder, channels: Channels, limits: Target['limits']): Promise<boolean> {
    // Two at once would write the same version of the call.
    const taken = this.#taking.then(() => this.#take(holder, channels, limits));
    this.#taking = taken.catch(() => undefined);
    return taken;
  }

  async #take(holder: ChannelHolder, channels: Channels, limits: Target['limits']): Promise<boolean> {
    const before = this.of(holder);
    this.set(holder, channels);
    const isTaken = await this.#writer.takeChannels(this.all, limits);
    if (!isTaken) this.set(holder, before);
    return isTaken;
  }
}

/** The channel of the organization that a call takes. */
export const organizationChannel = ({ direction }: Pick<Call, 'direction'>): Channel => ({
  kind: 'organization',
  id: '',
  direction: direction === 'inbound' ? 'inbound' : 'outbound',
});

/** How many calls the organization may have. */
export const organizationLimits = ({ limits }: OrganizationItem): ChannelLimits => ({
  organization: { total: limits.max_concurrent_calls },
});

/** The limits of two ends, which may be of one number. */
export const limitsOfBoth = (one: ChannelLimits, other: ChannelLimits): ChannelLimits =>
  Object.fromEntries(Object.keys({ ...one, ...other }).map((name) => [name, { ...one[name], ...other[name] }]));

/** The channels that the first attempt takes, if it is at a gateway or trunk. */
export function channelsOfFirst(attempts: readonly (readonly Target[])[]) {
  const targets = (attempts[0] ?? []).filter(({ to }) => to.kind === 'peer');
  return {
    targets,
    channels: targets.flatMap(({ channels }) => channels),
    limits: Object.assign({}, ...targets.map(({ limits }) => limits)) as ChannelLimits,
  };
}

/** Whether a call could not be stored because a limit leaves no room. */
export const isCallLimit = (error: unknown): boolean =>
  !(error instanceof StaleWrite) && error instanceof AppError && error.code === 'CALL_LIMIT';
