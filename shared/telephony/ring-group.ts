import * as z from 'zod';
import { Name, text } from '../schema/values.ts';

/** Groups of phones that ring for one call (functions/telephony/ring-groups/README.md). */

const ringStrategies = ['all', 'in_order', 'random', 'longest_idle'] as const;

/** Members of a group, and those that ring for one call, with the members of groups in it. */
export const maxMembers = 50;
/** Groups within one another. */
export const maxNested = 5;

const maxRing = 300;
const Id = z.string().min(1).max(81);
const kinds = ['user', 'device', 'ring_group'] as const;
const memberFields = [...kinds, 'number'] as const;

/** A number outside as it is written: shorter ones are extensions. */
const OutsideNumber = z
  .string()
  .regex(/^\+?[0-9\s().\-\/]{7,32}$/, 'must be a number')
  .refine((text) => text.replaceAll(/\D/g, '').length >= 7, 'must have 7 digits or more');

const RingMember = z
  .strictObject({
    user: Id.optional().describe('Id of a user, whose devices and phone lines ring'),
    device: Id.optional().describe('Id of a device'),
    ring_group: Id.optional().describe('Id of a ring group, whose members ring as if they were members of this one'),
    number: OutsideNumber.optional().describe(
      'Number outside. The dial plan decides it as a call of the organization, which is charged for it',
    ),
    priority: z
      .int()
      .min(1)
      .max(maxMembers)
      .default(1)
      .describe('Those with 1 ring first, then those with 2, and so on'),
    delay_seconds: z
      .int()
      .min(0)
      .max(maxRing)
      .default(0)
      .describe('How much later it rings than others of its priority, seconds; for the strategy `all` only'),
  })
  .refine((member) => memberFields.filter((field) => member[field] !== undefined).length === 1, {
    message: 'must have one of user, device, ring_group and number',
  });
export type RingMember = z.output<typeof RingMember>;

const NoAnswer = z.strictObject({
  type: z.enum([...kinds, 'flow']).describe('Type of the target'),
  id: Id.describe('Id of the target'),
});

/** Fields of the body. */
export const ringGroupFields = {
  name: Name.describe('Name, unique in the organization'),
  members: z
    .array(RingMember)
    .max(maxMembers)
    .default([])
    .describe('Members that are called')
    .meta({ example: [{ user: 'usr_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A', priority: 1, delay_seconds: 0 }] }),
  strategy: z
    .enum(ringStrategies)
    .default('all')
    .describe('How members of one priority ring: all at once, in their order, at random, or the longest idle first'),
  ring_seconds: z
    .int()
    .min(5)
    .max(maxRing)
    .default(20)
    .describe('How long members that ring together do so, seconds, a delay included'),
  skip_busy: z.boolean().default(false).describe('Whether phones that are in a call do not ring'),
  no_answer: NoAnswer.nullable().default(null).describe('Where a call goes if no member answers; null: it ends'),
  caller_name_prefix: text(32, 1)
    .nullable()
    .default(null)
    .describe('Text that phones show before the name of the caller')
    .meta({ example: 'Sales:' }),
};

/** What a group rings by, and no more. */
export const RingGroup = z.object(ringGroupFields).omit({ name: true });
export type RingGroup = z.output<typeof RingGroup>;

/**
 * The members that ring together, in turn. One whose delay is as long as the ring time does not ring.
 * @param rankOf for the strategies `random` and `longest_idle`: who has a lower rank rings first
 */
export function ringOrder<Member extends Pick<RingMember, 'priority' | 'delay_seconds'>>(
  {
    members,
    strategy,
    ring_seconds: ring,
  }: Pick<RingGroup, 'strategy' | 'ring_seconds'> & { readonly members: readonly Member[] },
  rankOf: (member: Member) => number,
): readonly (readonly Member[])[] {
  const priorities = [...new Set(members.map(({ priority }) => priority))].sort((one, other) => one - other);
  return priorities.flatMap((priority) => {
    const equal = members.filter((member) => member.priority === priority);
    if (strategy === 'all') return [equal.filter(({ delay_seconds: delay }) => delay < ring)];
    const inTurn = strategy === 'in_order' ? equal : byRank(equal, rankOf);
    return inTurn.map((member) => [{ ...member, delay_seconds: 0 }]);
  });
}

/** In an order that is as likely as any other. @param random from 0 to 1 */
export const shuffled = <T>(items: readonly T[], random: () => number): readonly T[] => byRank(items, random);

/** The lowest rank first; equal ones in their order. */
export const byRank = <T>(items: readonly T[], rankOf: (item: T) => number): readonly T[] =>
  items
    .map((item) => ({ item, rank: rankOf(item) }))
    // Infinity - Infinity is not a number.
    .sort((one, other) => (one.rank === other.rank ? 0 : one.rank - other.rank))
    .map(({ item }) => item);

/** What a group names. `kind`: the word of its fields. */
export type RingReference = {
  readonly kind: (typeof kinds)[number] | 'flow';
  readonly id: string;
  /** Of the field. */
  readonly path: string;
};

export const ringReferences = ({ members, no_answer: next }: Pick<RingGroup, 'members' | 'no_answer'>) => [
  ...members.flatMap((member, index) =>
    kinds.flatMap((kind): RingReference[] => {
      const id = member[kind];
      return id === undefined ? [] : [{ kind, id, path: `members[${index}].${kind}` }];
    }),
  ),
  ...(next === null ? [] : [{ kind: next.type, id: next.id, path: 'no_answer.id' }]),
];
