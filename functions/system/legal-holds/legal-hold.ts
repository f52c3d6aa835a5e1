import * as z from 'zod';
import { AppError, errorKinds, invalid } from '#errors.ts';
import { definedFields } from '#schema/defined-fields.ts';
import type { LegalHold } from '#schema/legal-hold.ts';
import { classesOf, recordClasses, type RecordFilter } from '#schema/record-class.ts';
import { anyOf, partyFields } from '../schema/record-filter.ts';
import { Instant, Name, organizationText, text, Timestamp } from '#schema/values.ts';

/** Legal holds (functions/system/retention/README.md, "Legal holds"). */

export const legalHoldErrors = errorKinds({
  HOLD_ALREADY_RELEASED: [409, 'The hold was released; place a new one.'],
});

/** Which records are meant: those that fit each given field. */
export const HoldFilter = z.object({
  ...partyFields,
  entity_ids: anyOf(text(128, 1), 'Records with these ids, or of these calls, mailboxes or devices'),
  from: Instant.optional().describe('Records from this instant on'),
  to: Instant.optional().describe('Records up to this instant'),
  search_text: text(1_000, 1)
    .optional()
    .describe(
      'Records with all of these words, in any case: in SMS, subjects of e-mails, log lines; none of the event log',
    ),
});

const classNames = z.enum([...recordClasses, '*']);

export const NewLegalHold = z
  .object({
    name: Name.describe('Name, unique among the active holds of the organization'),
    reason: text(1_000, 1).describe('Why it is placed or changed; the event log has it'),
    matter: text(255).optional().describe('The proceeding that it serves'),
    classes: z
      .array(classNames)
      .min(1)
      .max(recordClasses.length + 1)
      .describe('Classes of records; `*`: all'),
    filter: HoldFilter.default({}).describe(
      'Which records of the classes: those that fit each given field. Empty: all',
    ),
  })
  .meta({ id: 'NewLegalHold' });
type Wanted = z.output<typeof NewLegalHold>;

export const ShownLegalHold = z
  .object({
    id: z.string().describe('Id of the hold'),
    organization_id: z.string().describe('The organization, such as `org_1001`'),
    name: z.string().describe('Name'),
    reason: z.string().describe('Why it was placed, or changed last'),
    matter: z.string().nullable().describe('The proceeding that it serves'),
    classes: z.array(classNames).describe('Classes of records; `*`: all'),
    filter: HoldFilter.describe('Which records of the classes'),
    status: z.enum(['active', 'released']).describe('Whether it keeps records'),
    placed_by: z.string().describe('Id of the user or service account that placed it'),
    placed_at: Timestamp.describe('When it was placed'),
    released_by: z.string().nullable().describe('Id of the user or service account that released it'),
    released_at: Timestamp.nullable().describe('When it was released'),
    release_reason: z.string().nullable().describe('Why it was released'),
    held_estimate: z
      .int()
      .nullable()
      .describe(
        'Records that it kept when they were counted after its last change, also if other holds keep them. Later ' +
          'records are not included. Null: not counted yet',
      ),
    updated_at: Timestamp.describe('Time of the last change'),
  })
  .meta({
    id: 'LegalHold',
    example: {
      id: 'hold_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A',
      organization_id: 'org_1001',
      name: 'Meier v. Acme',
      reason: 'Subpoena of 2026-01-30',
      matter: '4 O 17/26',
      classes: ['sms', 'voicemail'],
      filter: { user_ids: ['usr_01J9ZK3W5M8Q2R4T6V8X0Y2Z4A'] },
      status: 'active',
      placed_by: 'usr_01J9ZK3W5M8Q2R4T6V8X0Y2Z4B',
      placed_at: '2026-01-31T12:00:00.000Z',
      released_by: null,
      released_at: null,
      release_reason: null,
      held_estimate: null,
      updated_at: '2026-01-31T12:00:00.000Z',
    },
  });

/** The classes and the filter of a hold. @throws AppError VALIDATION_FAILED if the filter ends before it begins */
function scopeOf({ classes, filter }: Wanted): Pick<LegalHold, 'classes' | 'filter'> {
  if (filter.from !== undefined && filter.to !== undefined && filter.from > filter.to)
    throw invalid('filter.to', 'must not be before `from`');
  return { classes: [...new Set(classes)], filter: definedFields(filter) };
}

type Placing = { readonly id: string; readonly by: string; readonly now: string };

/** A new hold. @throws AppError VALIDATION_FAILED */
export const placeHold = (wanted: Wanted, { id, by, now }: Placing): LegalHold => ({
  id,
  name: wanted.name,
  reason: wanted.reason,
  matter: wanted.matter ?? null,
  ...scopeOf(wanted),
  status: 'active',
  placed_by: by,
  placed_at: now,
  released_by: null,
  released_at: null,
  release_reason: null,
  held_estimate: null,
  updated_at: now,
  version: 1,
});

/** @throws AppError HOLD_ALREADY_RELEASED */
function assertActive({ status, name }: LegalHold): void {
  if (status === 'released') throw new AppError(legalHoldErrors.HOLD_ALREADY_RELEASED, `${name} was released`);
}

const lists = ['user_ids', 'numbers', 'entity_ids'] as const;

/** Whether the second of two filters means all records that the first one means. */
function includesAll(before: RecordFilter, after: RecordFilter): boolean {
  const sameWords = after.search_text === undefined || after.search_text === before.search_text;
  return (
    sameWords &&
    (after.from === undefined || (before.from !== undefined && after.from <= before.from)) &&
    (after.to === undefined || (before.to !== undefined && after.to >= before.to)) &&
    lists.every((name) => {
      const [old, now] = [before[name], after[name]];
      return now === undefined || (old !== undefined && old.every((each) => now.includes(each)));
    })
  );
}

type Scope = Pick<LegalHold, 'classes' | 'filter'>;

/** Whether a change lets go of records that the hold kept. */
export const isNarrower = (before: Scope, after: Scope): boolean =>
  !includesAll(before.filter, after.filter) || classesOf(before).some((each) => !classesOf(after).includes(each));

/**
 * The hold after a change. One that lets go of records says why.
 * @throws AppError HOLD_ALREADY_RELEASED, VALIDATION_FAILED
 */
export function changeHold(before: LegalHold, wanted: Wanted, now: string): LegalHold {
  assertActive(before);
  const { name, reason, matter } = wanted;
  const after = { ...before, ...scopeOf(wanted), name, reason, matter: matter ?? null };
  if (isNarrower(before, after) && reason === before.reason)
    throw invalid('reason', 'must be another one, as the hold lets go of records');
  return { ...after, held_estimate: null, updated_at: now, version: before.version + 1 };
}

/** @throws AppError HOLD_ALREADY_RELEASED */
export function releaseHold(
  before: LegalHold,
  { by, reason, now }: { readonly by: string; readonly reason: string; readonly now: string },
): LegalHold {
  assertActive(before);
  return {
    ...before,
    status: 'released',
    released_by: by,
    released_at: now,
    release_reason: reason,
    updated_at: now,
    version: before.version + 1,
  };
}

export const presentHold = (
  { version: _, ...hold }: LegalHold,
  organization: number,
): z.input<typeof ShownLegalHold> => ({
  ...hold,
  classes: [...hold.classes],
  filter: presentFilter(hold.filter),
  organization_id: organizationText(organization),
});

const presentFilter = ({ user_ids, numbers, entity_ids, ...filter }: RecordFilter) => ({
  ...filter,
  ...definedFields({ user_ids: user_ids?.slice(), numbers: numbers?.slice(), entity_ids: entity_ids?.slice() }),
});
