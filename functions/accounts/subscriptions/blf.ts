import * as z from 'zod';
import { AppError, invalid, missingField } from '#errors.ts';
import { isLiveList, presentTargets, termEnd, type BlfList, type BlfTarget } from '#schema/blf-list.ts';
import { day } from '#schema/time.ts';
import { IdInUrl, Instant, organizationText, text, Timestamp } from '#schema/values.ts';
import { subscriptionErrors } from './errors.ts';

/** Keys of phones that watch extensions (functions/accounts/README.md, "Subscriptions"). */

const maxTargets = 50;
const maxButton = 200;
/** Milliseconds of a term, unless `expiresAt` says otherwise. */
const defaultTerm = 30 * day;

const Target = z.object({
  targetId: IdInUrl.optional().describe('Id of a user of the organization, who has an extension'),
  targetExtension: text(16, 1).optional().describe('Extension of a user or a device, in place of `targetId`'),
  buttonIndex: z
    .int()
    .min(1)
    .max(maxButton)
    .optional()
    .describe('Number of the key, unique in the list; default: the position in the list'),
});

/** The fields of `PUT /subscriptions/blf/{id}`. */
export const blfFields = {
  targets: z.array(Target).min(1).max(maxTargets).optional().describe('`blf`, required: what the keys watch, 1 to 50'),
  expiresAt: Instant.optional().describe('`blf`: end of the term; default in 30 days'),
  autoRenew: z.boolean().default(true).describe('`blf`: whether the term repeats. Default: true'),
};
export type WantedBlf = {
  readonly targets?: readonly z.output<typeof Target>[] | undefined;
  readonly expiresAt?: string | undefined;
  readonly autoRenew: boolean;
};

const PresentedTarget = z.object({
  targetId: z.string().nullable().describe('Id of the user; null for an extension of devices without a user'),
  targetExtension: z.string().nullable().describe('Extension; null if the user has none any more'),
  displayName: z.string().describe('Name of the user, or the extension'),
  buttonIndex: z.int().describe('Number of the key'),
});

/** As answered. */
export const PresentedBlf = z
  .object({
    subscriptionId: z.string().describe('Id of the subscription'),
    entityType: z.literal('blf').describe('Kind of the subscription'),
    entityId: z.string().describe('Id of the user or device'),
    organizationId: z.string().describe('Organization'),
    status: z.enum(['active', 'expired']).describe('Whether phones have the keys'),
    subscriptionType: z.literal('blf_monitoring').describe('Kind of the subscription'),
    targets: z.array(PresentedTarget).describe('What the keys watch, by their numbers'),
    maxTargets: z.literal(maxTargets).describe('Targets that a list may have'),
    protocol: z.literal('SIP').describe('How phones subscribe'),
    expiresAt: Timestamp.describe('End of the present term'),
    autoRenew: z.boolean().describe('Whether the term repeats'),
    createdAt: Timestamp.describe('Time of the first list'),
    updatedAt: Timestamp.describe('Time of the last change'),
  })
  .meta({ id: 'BlfSubscription' });

const pathOf = (at: number, field: string): string => `targets[${at}].${field}`;

/** The targets of a request, each with one of both names. @throws AppError MISSING_FIELD, VALIDATION_FAILED */
export function wantedTargets({ targets }: WantedBlf) {
  if (targets === undefined) throw missingField('targets');
  const buttons = new Set<number>();
  return targets.map(({ targetId, targetExtension, buttonIndex }, at) => {
    const button = buttonIndex ?? at + 1;
    if (buttons.has(button)) throw invalid(pathOf(at, 'buttonIndex'), 'is the number of another key');
    buttons.add(button);
    if (targetId !== undefined && targetExtension !== undefined)
      throw invalid(pathOf(at, 'targetExtension'), 'excludes targetId');
    if (targetId !== undefined) return { id: targetId, button };
    if (targetExtension === undefined) throw missingField(pathOf(at, 'targetId'));
    return { extension: targetExtension, button };
  });
}
export type WantedTarget = ReturnType<typeof wantedTargets>[number];

/** What a target was found to be; undefined: nothing. */
export type FoundTarget = Pick<BlfTarget, 'target_id' | 'extension' | 'display_name'> | undefined;

/** @throws AppError UNKNOWN_TARGET with the positions of those that were not found */
export function knownTargets(wanted: readonly WantedTarget[], found: readonly FoundTarget[]): BlfTarget[] {
  const unknown = wanted.flatMap((each, at) =>
    found[at] === undefined
      ? [{ path: pathOf(at, 'id' in each ? 'targetId' : 'targetExtension'), message: 'is no extension here' }]
      : [],
  );
  if (unknown.length > 0)
    throw new AppError(
      subscriptionErrors.UNKNOWN_TARGET,
      'A target is no user with an extension, and no extension of a device',
      {
        details: unknown,
      },
    );
  return wanted
    .flatMap(({ button }, at): BlfTarget[] => {
      const target = found[at];
      return target === undefined ? [] : [{ ...target, button }];
    })
    .toSorted((one, other) => one.button - other.button);
}

type Made = { readonly id: string; readonly entity: string; readonly now: Date };

/** The list after a request. @throws AppError VALIDATION_FAILED for an end that is not in the future */
export function blfList(
  before: BlfList | undefined,
  { expiresAt, autoRenew }: WantedBlf,
  targets: readonly BlfTarget[],
  { id, entity, now }: Made,
): BlfList {
  const end = expiresAt ?? new Date(now.getTime() + defaultTerm).toISOString();
  const term = Date.parse(end) - now.getTime();
  if (term <= 0) throw invalid('expiresAt', 'must be in the future');
  const at = now.toISOString();
  return {
    id: before?.id ?? id,
    entity_id: entity,
    targets,
    expires_at: end,
    term,
    auto_renew: autoRenew,
    created_at: before?.created_at ?? at,
    updated_at: at,
    version: (before?.version ?? 0) + 1,
  };
}

/** Users that a list watches. */
export const watchedUsers = (list: Pick<BlfList, 'targets'> | undefined): string[] => [
  ...new Set(list?.targets.flatMap(({ target_id: id }) => id ?? []) ?? []),
];

/** A list without a deleted user. */
export const withoutTarget = (list: BlfList, user: string, now: Date): BlfList => ({
  ...list,
  targets: list.targets.filter(({ target_id: id }) => id !== user),
  updated_at: now.toISOString(),
  version: list.version + 1,
});

type People = Parameters<typeof presentTargets>[1];

/** @param people the watched users as they are now */
export const presentBlf = (
  list: BlfList,
  people: People,
  { organization, now }: { readonly organization: number; readonly now: Date },
): z.input<typeof PresentedBlf> => ({
  subscriptionId: list.id,
  entityType: 'blf',
  entityId: list.entity_id,
  organizationId: organizationText(organization),
  status: isLiveList(list, now) ? 'active' : 'expired',
  subscriptionType: 'blf_monitoring',
  targets: presentTargets(list.targets, people).map((target) => ({
    targetId: target.target_id,
    targetExtension: target.extension,
    displayName: target.display_name,
    buttonIndex: target.button,
  })),
  maxTargets,
  protocol: 'SIP',
  expiresAt: termEnd(list, now),
  autoRenew: list.auto_renew,
  createdAt: list.created_at,
  updatedAt: list.updated_at,
});
