import { AppError, type ErrorDetail } from '../../../shared/errors.ts';
import type { DialplanTemplate } from '../dialplan-template/dialplan-template.ts';
import { templateCreation, templateReplacement } from '../dialplan-template/saving.ts';
import { mergedFields, type Policy } from '../dialplan-policies/policy.ts';
import { policyChange, policyCreation } from '../dialplan-policies/saving.ts';
import { folded, type Draft } from './draft.ts';
import type { Group } from './groups.ts';
import { maxLoad, policyLoad, tooLargeBeside } from './pattern-load.ts';
import { applyChanges, type Plan, type PlanEdit } from './plan.ts';

/** A draft laid over the live plan, judged as its saves would be. */

/** What is stored of the things that a draft names. */
export type Present = {
  readonly policies: ReadonlyMap<string, Policy>;
  /** Whose names are taken, by the folded name. */
  readonly names: ReadonlyMap<string, string>;
  readonly template: DialplanTemplate | undefined;
  readonly groups: readonly Group[];
  /** Policies of the organization. */
  readonly count: number;
  /** What the patterns of its active policies come to (`policyLoad`). */
  readonly load: number;
  readonly country: string;
};

/** Nobody is named as the author of what is not saved. */
const author = (at: string) => ({ id: 'draft', username: 'draft', at, entryId: 'draft' });

type Judged = { readonly edits: readonly PlanEdit[]; readonly warnings: readonly string[] };

/** dialplan.md, Patterns: whatever their status. */
const maxPolicies = 10_000;

/**
 * The plan with a draft laid over it; versions of its own stand behind those of the plan. `at` is ISO 8601 UTC.
 * @throws AppError 422 with all that would not be saved, item by item
 */
export function laidOver(
  plan: Plan,
  draft: Draft,
  present: Present,
  at: string,
): { readonly plan: Plan; readonly warnings: readonly string[] } {
  const problems = new Problems();
  const around = { ...present, gateways: plan.gateways };
  const judgedPolicies = draft.policies.map((_, position) => judgedPolicy(draft, position, around, { problems, at }));
  const judged = [
    ...judgedPolicies,
    judgedTemplate(draft, around, { problems, at }),
    judgedDeletions(draft, present, problems),
  ];
  for (const position of beyondMost(draft, present))
    problems.add(pathOf(position), new AppError('LIMIT_EXCEEDED', `The organization may have ${maxPolicies} policies`));
  for (const position of tooLarge(judged, present))
    problems.add(pathOf(position), tooLargeBeside('conditions.pattern'));
  problems.raise();
  const edits = judged.flatMap((each) => each.edits);
  const changed = applyChanges(
    plan,
    edits.map((edit, position) => ({ ...edit, version: plan.version + 1 + position })),
  );
  return { plan: changed ?? plan, warnings: judged.flatMap((each) => each.warnings) };
}

const pathOf = (position: number): string => `draft.policies[${position}]`;

/** The new policies, by their position, for which no room is left once those that go have gone. */
function beyondMost({ policies, delete: deleted }: Draft, { count, policies: stored }: Present): readonly number[] {
  const created = policies.flatMap(({ id }, position) => (id === undefined ? [position] : []));
  return created.slice(Math.max(maxPolicies - count + deleted.filter((id) => stored.has(id)).length, 0));
}

/**
 * The policies, by their position, with which patterns become too large together; what makes the plan smaller is taken
 * first.
 */
function tooLarge(judged: readonly Judged[], present: Present): readonly number[] {
  const growths = judged.map(({ edits }) => edits.reduce((sum, edit) => sum + growthOf(edit, present), 0));
  let load = growths.reduce((sum, growth) => sum + Math.min(growth, 0), present.load);
  return growths.flatMap((growth, position) => {
    load += Math.max(growth, 0);
    return growth > 0 && load > maxLoad ? [position] : [];
  });
}

/** By how much an edit makes the patterns of the active policies more together, or less. */
function growthOf(edit: PlanEdit, { policies }: Present): number {
  if (edit.kind !== 'policy-put' && edit.kind !== 'policy-deleted') return 0;
  const before = policies.get(edit.kind === 'policy-put' ? edit.policy.id : edit.id);
  return (edit.kind === 'policy-put' ? policyLoad(edit.policy) : 0) - (before === undefined ? 0 : policyLoad(before));
}

/** What is wrong with a draft, each with its place and the code with which its save would be refused. */
class Problems {
  #code: AppError['code'] | undefined;
  readonly #details: ErrorDetail[] = [];

  add(path: string, { code, message, details }: AppError): void {
    this.#code ??= code;
    const own = details.length > 0 ? details : [{ path: '', message }];
    this.#details.push(
      ...own.map((detail) => ({
        path: detail.path === '' ? path : `${path}.${detail.path}`,
        message: `${detail.message} (${code})`,
      })),
    );
  }

  /** The work's result; what it throws on purpose is a problem of this place. */
  of<Result>(path: string, work: () => Result): Result | null {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.add(path, error);
      return null;
    }
  }

  raise(): void {
    if (this.#code === undefined) return;
    throw new AppError(this.#code, this.#details.map(({ path, message }) => `${path}: ${message}`).join('; '), {
      details: this.#details,
    });
  }
}

type Around = Present & { readonly gateways: Plan['gateways'] };
type Judging = { readonly problems: Problems; readonly at: string };

const nothing: Judged = { edits: [], warnings: [] };

function judgedPolicy(draft: Draft, position: number, present: Around, { problems, at }: Judging): Judged {
  const { id, ...update } = draft.policies[position] ?? {};
  const path = pathOf(position);
  const save = problems.of(path, () => {
    requireFreeName(draft, position, present);
    if (id === undefined) return policyCreation(mergedFields({}, update), `pol_draft_${position}`, present, author(at));
    const stored = present.policies.get(id);
    if (stored === undefined) throw unknownPolicy(id, 'id');
    return policyChange(stored, update, present, author(at));
  });
  if (save === null) return nothing;
  const { status } = save.policy;
  const idle = status === 'active' ? [] : [`${path} is ${status}: it takes no part`];
  return { edits: [save.edit], warnings: [...idle, ...save.warnings.map((warning) => `${path}: ${warning}`)] };
}

const unknownPolicy = (id: string, path = ''): AppError =>
  new AppError(
    'UNKNOWN_POLICY',
    `${id} is no policy of the organization`,
    path === '' ? {} : { details: [{ path, message: `${id} is no policy of the organization` }] },
  );

function requireFreeName({ policies, delete: deleted }: Draft, position: number, { names }: Present): void {
  const { id, name } = policies[position] ?? {};
  if (name === undefined) return;
  const owner = names.get(folded(name));
  const isTaken =
    owner !== undefined &&
    owner !== id &&
    !deleted.includes(owner) &&
    !policies.some((other) => other.id === owner && other.name !== undefined && folded(other.name) !== folded(name));
  const isTwice = policies
    .slice(0, position)
    .some((other) => other.name !== undefined && folded(other.name) === folded(name));
  if (isTaken || isTwice)
    throw new AppError('POLICY_NAME_EXISTS', `A policy named ${name} exists`, {
      details: [{ path: 'name', message: `a policy named ${name} exists` }],
    });
}

function judgedTemplate({ template, delete: deleted }: Draft, present: Around, { problems, at }: Judging): Judged {
  if (template === undefined || template === null) return nothing;
  for (const [position, id] of template.policies.entries()) {
    if (!present.policies.has(id) || deleted.includes(id))
      problems.add(`draft.template.policies[${position}]`, unknownPolicy(id));
  }
  const save = problems.of('draft.template', () =>
    present.template === undefined
      ? templateCreation(template, 'tpl_draft', present.gateways, author(at))
      : templateReplacement(present.template, template, present.gateways, author(at)),
  );
  return save === null ? nothing : { edits: [save.edit], warnings: [] };
}

function judgedDeletions({ delete: deleted }: Draft, { policies }: Present, problems: Problems): Judged {
  for (const [position, id] of deleted.entries())
    if (!policies.has(id)) problems.add(`draft.delete[${position}]`, unknownPolicy(id));
  return { edits: deleted.map((id) => ({ kind: 'policy-deleted', id })), warnings: [] };
}
