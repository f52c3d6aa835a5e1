import { second } from '#schema/time.ts';
import { maxMembers, maxNested, ringOrder, type RingGroup, type RingMember } from '#telephony/ring-group.ts';
import type { Directory } from '../directory/directory.ts';
import type { Target } from './target.ts';

/** Whom ring groups call (functions/telephony/README.md, "Ring groups"). */

/** A user or a device. */
export type RingingParty = { readonly user: string } | { readonly device: string };

/** The dependencies of ring groups. */
export type RingGroupDependencies = {
  readonly directory: Pick<Directory, 'ringGroup' | 'isInCall' | 'idleSince'>;
  /** From 0 to 1. */
  readonly random: () => number;
  /** The phones of a party. */
  readonly phonesOf: (organization: number, party: RingingParty) => Promise<readonly Target[]>;
};

/** What rings together: phones, and after them numbers outside, one by one. */
export type RingStage = { readonly phones: readonly Target[]; readonly numbers: readonly string[] };

/** What a call to a ring group does: stages in turn, and then where it goes on. */
export type Ringing = {
  readonly stages: readonly RingStage[];
  /** Milliseconds for which a number outside rings. */
  readonly ringTime: number;
  readonly next: RingGroup['no_answer'];
};

/** Whether a group calls numbers outside. */
export const callsOutside = ({ stages }: Ringing): boolean => stages.some(({ numbers }) => numbers.length > 0);

/** The phones of a group, in turn. */
export const phonesInTurn = ({ stages }: Ringing): readonly (readonly Target[])[] => stages.map(({ phones }) => phones);

/** Attempts at phones, and then numbers outside, of which each is called by itself. */
export type RingRound = { readonly attempts: readonly (readonly Target[])[]; readonly numbers: readonly string[] };

/** The stages of a group, of which those without numbers are one search. */
export const roundsOf = ({ stages }: Ringing): readonly RingRound[] => {
  const rounds: RingRound[] = [];
  let attempts: readonly (readonly Target[])[] = [];
  for (const { phones, numbers } of stages) {
    attempts = [...attempts, phones];
    if (numbers.length === 0) continue;
    rounds.push({ attempts, numbers });
    attempts = [];
  }
  return attempts.length === 0 ? rounds : [...rounds, { attempts, numbers: [] }];
};

type Party = RingingParty | { readonly number: string };
type Member = { readonly party: Party } & Pick<RingMember, 'priority' | 'delay_seconds'>;
type FoundMember = Member & { readonly phones: readonly Target[] };

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
    const flat = (await this.#flat(organization, group, new Set([id]))).slice(0, maxMembers);
    const members = await Promise.all(flat.map((member) => this.#withPhones(organization, member)));
    const order = ringOrder({ ...group, members }, await this.#rankOf(organization, group, members));
    return {
      stages: await Promise.all(order.map((together) => this.#stageOf(organization, group, together))),
      ringTime: group.ring_seconds * second,
      next: group.no_answer,
    };
  }

  /** The members of a group, with those of its groups in their place. @param within the groups that contain it */
  async #flat(organization: number, group: RingGroup, within: ReadonlySet<string>): Promise<readonly Member[]> {
    const flat: Member[] = [];
    for (const { user, device, number, ring_group: id, priority, delay_seconds } of group.members) {
      if (flat.length >= maxMembers) break;
      if (user !== undefined) flat.push({ party: { user }, priority, delay_seconds });
      if (device !== undefined) flat.push({ party: { device }, priority, delay_seconds });
      if (number !== undefined) flat.push({ party: { number }, priority, delay_seconds });
      if (id === undefined || within.has(id) || within.size > maxNested) continue;
      const inner = await this.#dependencies.directory.ringGroup(organization, id);
      const members = inner === undefined ? [] : await this.#flat(organization, inner, new Set([...within, id]));
      flat.push(...members.map(({ party }) => ({ party, priority, delay_seconds })));
    }
    return flat;
  }

  async #withPhones(organization: number, member: Member): Promise<FoundMember> {
    const { party } = member;
    const phones = 'number' in party ? [] : await this.#dependencies.phonesOf(organization, party);
    return { ...member, phones };
  }

  /** What orders the members of a group whose strategy does. */
  async #rankOf(
    organization: number,
    { strategy }: RingGroup,
    members: readonly FoundMember[],
  ): Promise<(member: FoundMember) => number> {
    if (strategy !== 'longest_idle') return this.#dependencies.random;
    const { directory } = this.#dependencies;
    const since = await Promise.all(members.map(({ phones }) => idleSince(directory, organization, phones)));
    const ranks = new Map(members.map((member, at) => [member, since[at] ?? 0]));
    // Of numbers outside it is not known: they are last.
    return (member) => ('number' in member.party ? Infinity : (ranks.get(member) ?? 0));
  }

  async #stageOf(organization: number, group: RingGroup, members: readonly FoundMember[]): Promise<RingStage> {
    const { ring_seconds: ring, skip_busy: skipsBusy, caller_name_prefix: prefix } = group;
    const phones = members.flatMap(({ phones: of, delay_seconds: delay }) => {
      const member = { delay: delay * second, ringTime: (ring - delay) * second, namePrefix: prefix ?? '' };
      return of.map((phone) => ({ ...phone, member }));
    });
    return {
      phones: skipsBusy ? await this.#idle(organization, phones) : phones,
      numbers: members.flatMap(({ party }) => ('number' in party ? [party.number] : [])),
    };
  }

  async #idle(organization: number, targets: readonly Target[]): Promise<readonly Target[]> {
    const busy = await Promise.all(
      targets.map(({ channels }) => this.#dependencies.directory.isInCall(organization, channels)),
    );
    return targets.filter((_target, at) => busy[at] !== true);
  }
}

/**
 * Unix milliseconds since which all of some phones have had no call: `Infinity` while one is in a call, 0 if none ever
 * had one.
 */
export async function idleSince(
  directory: Pick<Directory, 'idleSince'>,
  organization: number,
  phones: readonly Target[],
): Promise<number> {
  const channels = new Map(phones.flatMap(({ channels: of }) => of.map((each) => [`${each.kind}/${each.id}`, each])));
  return Math.max(
    0,
    ...(await Promise.all([...channels.values()].map((each) => directory.idleSince(organization, each)))),
  );
}
