import { AppError } from '../../shared/errors.ts';
import { row } from '../../shared/dynamodb/row.ts';
import { change, create, type Write } from '../../shared/dynamodb/write.ts';
import type { PlanChange, PlanEdit } from './plan.ts';

const digits = 10;
/** Numbers in order. */
const padded = (number: number): string => String(number).padStart(digits, '0');

/** What is read with every evaluation, and carried on by every save: so saves of one plan are serial. */
export type PlanHead = {
  /** The newest version; 0 before the first save. */
  readonly version: number;
  /** Policies of the organization, whatever their status. */
  readonly policies: number;
  /** The newest plan that is stored whole, in so many parts. */
  readonly snapshot?: { readonly version: number; readonly parts: number };
};

/** `planhead#1001` */
export const planHeadRow = row<'planhead', PlanHead, object>('planhead', { sort: () => 'head' });

/** `planchange#1001` by version: the plan is the sequence of these. */
export const planChangeRow = row<'planchange', PlanChange, { readonly version: number }>('planchange', { sort: ({ version }) => padded(version) });

/** Bounds of the sort keys of the changes behind a version. */
export const behind = (version: number): readonly [string, string] => [padded(version + 1), '9'.repeat(digits)];

/** A part of a plan's JSON. */
type PlanPart = { readonly version: number; readonly part: number; readonly text: string };

/** `plan#1001` by version and part. */
export const planPartRow = row<'plan', PlanPart, { readonly version: number; readonly part: number }>('plan', {
  sort: ({ version, part }) => `${padded(version)}#${String(part).padStart(6, '0')}`,
});

/** Sort keys of one snapshot's parts begin with this. */
export const partsOf = (version: number): string => `${padded(version)}#`;

export const noHead: PlanHead = { version: 0, policies: 0 };

/** dialplan.md, Patterns: whatever their status. */
const mostPolicies = 10_000;

/**
 * The writes by which an edit becomes the plan's next version. They fail as stale if the head has moved since it
 * was read, so what was read after the head still holds when they are committed. `policies` is how many there
 * are more (or fewer) by it. @throws AppError LIMIT_EXCEEDED
 */
export function appended(head: PlanHead, edit: PlanEdit, policies: -1 | 0 | 1 = 0): readonly Write<'planhead' | 'planchange'>[] {
  if (policies > 0 && head.policies >= mostPolicies) throw new AppError('LIMIT_EXCEEDED', `The organization may have ${mostPolicies} policies`);
  const version = head.version + 1;
  const stillNewest = head.version === 0
    ? { expression: 'attribute_not_exists(#version)', names: { '#version': 'version' } }
    : { expression: '#version = :read', names: { '#version': 'version' }, values: { ':read': head.version } };
  return [
    change(planHeadRow, {}, { set: { version }, add: { policies }, onlyIf: stillNewest }),
    create(planChangeRow, { ...edit, version }),
  ];
}
