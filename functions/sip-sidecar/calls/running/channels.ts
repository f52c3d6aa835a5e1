import { StaleWrite } from '#dynamodb/commit.ts';
import type { ChannelLimits } from '#dynamodb/rows/channel.ts';
import type { OrganizationItem } from '#dynamodb/rows/organization.ts';
import { AppError } from '#errors.ts';
import type { Call, Channel } from '#schema/call.ts';
import type { Side } from '../call/state.ts';
import type { CallWriter } from '../records/writer.ts';
import { isPhoneTarget, type Target } from '../routing/target.ts';

type Channels = Call['channels'];

/** Whose channels they are: of a side, of the new party that a transfer calls, or of the numbers of forwards. */
export type ChannelHolder = Side | 'transfer' | 'forward';

/** The channels that one call takes: some stay with it, those of its parties change with them. */
export class CallChannels {
  readonly #writer: Pick<CallWriter, 'takeChannels'>;
  #kept: Channels = [];
  readonly #of = new Map<ChannelHolder, Channels>();
  /** Targets whose channels were taken when the call was stored. */
  #taken: readonly Target[] = [];

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

  /** The new party has its side now. */
  move(side: Side): void {
    this.set(side, this.of('transfer'));
    this.set('transfer', []);
  }

  /** Targets whose channels the call has taken when it was stored. */
  hasTaken(targets: readonly Target[]): void {
    this.#taken = targets;
    this.set(
      'destination',
      targets.flatMap(({ channels }) => channels),
    );
  }

  /**
   * A gateway gives its channels back when the next one is tried. A phone takes one when it answers.
   * @param base channels that the holder has besides
   * @returns false if a limit leaves no room
   */
  async takeTarget(holder: ChannelHolder, target: Target, base: Channels): Promise<boolean> {
    if (this.#taken.includes(target) || isPhoneTarget(target) || target.channels.length === 0) return true;
    return this.take(holder, [...base, ...target.channels], target.limits);
  }

  /** @returns false if a limit leaves no room; then the holder has what it had before */
  async take(holder: ChannelHolder, channels: Channels, limits: Target['limits']): Promise<boolean> {
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
