import { second } from '#schema/time.ts';
import { maxMembers, maxNested, ringOrder, type RingGroup, type RingMember } from '#telephony/ring-group.ts';
import type { Directory } from './directory.ts';
import type { Target } from './target.ts';

/** Whom ring groups call (functions/telephony/README.md, "Ring groups"). */

/** A user or a device. */
export type RingingParty = { readonly user: string } | { readonly device: string };

/** The dependencies of ring groups. */
export type RingGroupDependencies = {
  readonly directory: Pick<Directory, 'ringGroup' | 'isInCall'>;
  /** From 0 to 1. */
  readonly random: () => number;
  /** The phones of a party. */
  readonly phonesOf: (organization: number, party: RingingParty) => Promise<readonly Target[]>;
};

/** What a call to a ring group does: attempts in turn, and then where it goes on. */
export type Ringing = {
  readonly attempts: readonly (readonly Target[])[];
  readonly next: RingGroup['no_answer'];
};

type Phones = { readonly party: RingingParty } & Pick<RingMember, 'priority' | 'delay_seconds'>;

/** Finds the phones of ring groups. */
export class RingGroups {
  readonly #dependencies: RingGroupDependencies;

  constructor(dependencies: RingGroupDependencies) {
    this.#dependencies = dependencies;
  }

  /** @returns undefined if there is no such group */
  async ringing(organization: number, id: string): Promise<Ringing | undefined> {
    const group = await this.#dependencies.directory.ringGroup(organization, id);
    if (group === undefined) return undefined;
    const members = await this.#flat(organization, group, new Set([id]));
    const attempts = ringOrder({ ...group, members: members.slice(0, maxMembers) }, this.#dependencies.random);
    return {
      attempts: await Promise.all(attempts.map((together) => this.#targetsOf(organization, group, together))),
      next: group.no_answer,
    };
  }

  /** The members of a group, with those of its groups in their place. @param within the groups that contain it */
  async #flat(organization: number, group: RingGroup, within: ReadonlySet<string>): Promise<readonly Phones[]> {
    const flat: Phones[] = [];
    for (const { user, device, ring_group: id, priority, delay_seconds } of group.members) {
      if (flat.length >= maxMembers) break;
      if (user !== undefined) flat.push({ party: { user }, priority, delay_seconds });
      if (device !== undefined) flat.push({ party: { device }, priority, delay_seconds });
      if (id === undefined || within.has(id) || within.size > maxNested) continue;
      const inner = await this.#dependencies.directory.ringGroup(organization, id);
      const members = inner === undefined ? [] : await this.#flat(organization, inner, new Set([...within, id]));
      flat.push(...members.map(({ party }) => ({ party, priority, delay_seconds })));
    }
    return flat;
  }

  async #targetsOf(organization: number, group: RingGroup, members: readonly Phones[]): Promise<readonly Target[]> {
    const { ring_seconds: ring, skip_busy: skipsBusy, caller_name_prefix: prefix } = group;
    const found = await Promise.all(
      members.map(async ({ party, delay_seconds: delay }) => {
        const member = { delay: delay * second, ringTime: (ring - delay) * second, namePrefix: prefix ?? '' };
        const phones = await this.#dependencies.phonesOf(organization, party);
        return phones.map((phone) => ({ ...phone, member }));
      }),
    );
    return skipsBusy ? this.#idle(organization, found.flat()) : found.flat();
  }

  async #idle(organization: number, targets: readonly Target[]): Promise<readonly Target[]> {
    const busy = await Promise.all(
      targets.map(({ channels }) => this.#dependencies.directory.isInCall(organization, channels)),
    );
    return targets.filter((_target, at) => busy[at] !== true);
  }
}
