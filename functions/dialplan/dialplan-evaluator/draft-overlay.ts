import { AppError, type ErrorDetail, type ErrorKind } from '#errors.ts';
import type { DialplanTemplate } from '../schema/dialplan-template.ts';
import { prepareTemplateCreation, prepareTemplateReplacement } from '../dialplan-template/template-save.ts';
import { mergeFields, policyNameKey, type Policy } from '../schema/policy.ts';
import { prepareCreation, prepareUpdate } from '../dialplan-policies/policy-save.ts';
import { dialplanErrors } from '../schema/errors.ts';
import type { Draft } from './draft.ts';
import type { Group } from '../plan/groups.ts';
import { policyLoad } from '../plan/pattern-load.ts';
import { maxLoad, maxPolicies, patternTooLarge, applyChanges } from '../plan/plan-change.ts';
import type { Plan, PlanEdit } from '../plan/plan.ts';

/** A draft as an overlay of the live plan, checked as its saves would be. */

/** What is stored of the entities that a draft names. */
export type StoredState = {
  /** By id. */
  readonly policies: ReadonlyMap<string, Policy>;
  /** By `policyNameKey`: the id of the policy that has the name. */
  readonly names: ReadonlyMap<string, string>;
  readonly template: DialplanTemplate | undefined;
  readonly groups: readonly Group[];
  /** Number of policies of the organization. */
  readonly count: number;
  /** Load of the patterns of all active policies (`policyLoad`). */
  readonly load: number;
  /** ISO 3166-1 alpha-2, of the organization. */
  readonly country: string;
};

/** A draft has no author: nothing of it is archived. */
const author = (at: string) => ({ id: 'draft', username: 'draft', at, entryId: 'draft' });

/** What an item of a draft does to the plan. */
type ItemResult = { readonly edits: readonly PlanEdit[]; readonly warnings: readonly string[] };

type OverlaidPlan = { readonly plan: Plan; readonly warnings: readonly string[] };

/**
 * The plan with a draft applied. Each edit of the draft counts as one more version.
 * @param at ISO 8601 UTC
 * @throws AppError 422 with a detail for each item that cannot be saved
 */
export function overlayDraft(plan: Plan, draft: Draft, stored: StoredState, at: string): OverlaidPlan {
  const problems = new Problems();
  const context = { stored, gateways: plan.gateways, problems, at };
  const results = [
    ...draft.policies.map((_policy, position) => checkPolicy(draft, position, context)),
    checkTemplate(draft, context),
    checkDeletions(draft, context),
  ];
  for (const position of surplusPolicies(draft, stored))
    problems.add(pathOf(position), new AppError('LIMIT_EXCEEDED', `The organization may have ${maxPolicies} policies`));
  for (const position of oversizedPolicies(results, stored))
    problems.add(pathOf(position), patternTooLarge('conditions.pattern'));
  problems.assertNone();
  const edits = results.flatMap((result) => result.edits);
  const changed = applyChanges(
    plan,
    edits.map((edit, position) => ({ ...edit, version: plan.version + 1 + position })),
  );
  return { plan: changed ?? plan, warnings: results.flatMap((result) => result.warnings) };
}

const pathOf = (position: number): string => `draft.policies[${position}]`;

/** Positions of the new policies beyond the limit, after the deletions. */
function surplusPolicies(
  { policies, delete: deleted }: Draft,
  { count, policies: stored }: StoredState,
): readonly number[] {
  const created = policies.flatMap(({ id }, position) => (id === undefined ? [position] : []));
  return created.slice(Math.max(maxPolicies - count + deleted.filter((id) => stored.has(id)).length, 0));
}

/** Positions of the policies whose patterns exceed the load of a plan. Items that lower the load count first. */
function oversizedPolicies(results: readonly ItemResult[], stored: StoredState): readonly number[] {
  const growths = results.map(({ edits }) => edits.reduce((sum, edit) => sum + growthOf(edit, stored), 0));
  let load = growths.reduce((sum, growth) => sum + Math.min(growth, 0), stored.load);
  return growths.flatMap((growth, position) => {
    load += Math.max(growth, 0);
    return growth > 0 && load > maxLoad ? [position] : [];
  });
}

/** By how much an edit changes the load. */
function growthOf(edit: PlanEdit, { policies }: StoredState): number {
  if (edit.kind !== 'policy-put' && edit.kind !== 'policy-deleted') return 0;
  const before = policies.get(edit.kind === 'policy-put' ? edit.policy.id : edit.id);
  const load = edit.kind === 'policy-put' ? policyLoad(edit.policy) : 0;
  return load - (before === undefined ? 0 : policyLoad(before));
}

/** Collects what is wrong with the items of a draft. */
class Problems {
  #kind: ErrorKind | undefined;
  readonly #details: ErrorDetail[] = [];

  /** Adds the details of an error under the path of the item; the first error gives the kind. */
  add(path: string, { kind, message, details }: AppError): void {
    this.#kind ??= kind;
    const own = details.length > 0 ? details : [{ path: '', message }];
    this.#details.push(
      ...own.map((detail) => ({
        path: detail.path === '' ? path : `${path}.${detail.path}`,
        message: `${detail.message} (${kind.code})`,
      })),
    );
  }

  /** The result of the work; null if it throws an AppError, which is added. */
  catch<Result>(path: string, work: () => Result): Result | null {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.add(path, error);
      return null;
    }
  }

  /** @throws AppError with all details, if there are any */
  assertNone(): void {
    if (this.#kind === undefined) return;
    throw new AppError(this.#kind, this.#details.map(({ path, message }) => `${path}: ${message}`).join('; '), {
      details: this.#details,
    });
  }
}

type CheckContext = {
  readonly stored: StoredState;
  readonly gateways: Plan['gateways'];
  readonly problems: Problems;
  /** ISO 8601 UTC. */
  readonly at: string;
};

const noResult: ItemResult = { edits: [], warnings: [] };

function checkPolicy(draft: Draft, position: number, { stored, gateways, problems, at }: CheckContext): ItemResult {
  const { id, ...update } = draft.policies[position] ?? {};
  const path = pathOf(position);
  const context = { ...stored, gateways };
  const save = problems.catch(path, () => {
    assertNameFree(draft, position, stored);
    if (id === undefined) return prepareCreation(mergeFields({}, update), `pol_draft_${position}`, context, author(at));
    const policy = stored.policies.get(id);
    if (policy === undefined) throw unknownPolicy(id, 'id');
    return prepareUpdate(policy, update, context, author(at));
  });
  if (save === null) return noResult;
  const { status } = save.policy;
  const inactive =
    status === 'active' ? [] : [`${path} has the status ${status}, so it does not take part in decisions`];
  return { edits: [save.edit], warnings: [...inactive, ...save.warnings.map((warning) => `${path}: ${warning}`)] };
}

const unknownPolicy = (id: string, path = ''): AppError => {
  const message = `${id} is not a policy of the organization`;
  return new AppError(dialplanErrors.UNKNOWN_POLICY, message, path === '' ? {} : { details: [{ path, message }] });
};

/** @throws AppError POLICY_NAME_EXISTS if a stored policy, or an earlier one of the draft, has the name */
function assertNameFree({ policies, delete: deleted }: Draft, position: number, { names }: StoredState): void {
  const { id, name } = policies[position] ?? {};
  if (name === undefined) return;
  const key = policyNameKey(name);
  const hasName = (policy: Draft['policies'][number]): boolean =>
    policy.name !== undefined && policyNameKey(policy.name) === key;
  const owner = names.get(key);
  const isReleased = policies.some((other) => other.id === owner && other.name !== undefined && !hasName(other));
  const isTaken = owner !== undefined && owner !== id && !deleted.includes(owner) && !isReleased;
  if (isTaken || policies.slice(0, position).some(hasName))
    throw new AppError(dialplanErrors.POLICY_NAME_EXISTS, `A policy named ${name} exists`, {
      details: [{ path: 'name', message: `a policy named ${name} exists` }],
    });
}

function checkTemplate(
  { template, delete: deleted }: Draft,
  { stored, gateways, problems, at }: CheckContext,
): ItemResult {
  if (template === undefined || template === null) return noResult;
  for (const [position, id] of template.policies.entries()) {
    if (!stored.policies.has(id) || deleted.includes(id))
      problems.add(`draft.template.policies[${position}]`, unknownPolicy(id));
  }
  const save = problems.catch('draft.template', () =>
    stored.template === undefined
      ? prepareTemplateCreation(template, 'tpl_draft', gateways, author(at))
      : prepareTemplateReplacement(stored.template, template, gateways, author(at)),
  );
  return save === null ? noResult : { edits: [save.edit], warnings: [] };
}

function checkDeletions({ delete: deleted }: Draft, { stored, problems }: CheckContext): ItemResult {
  for (const [position, id] of deleted.entries())
    if (!stored.policies.has(id)) problems.add(`draft.delete[${position}]`, unknownPolicy(id));
  return { edits: deleted.map((id) => ({ kind: 'policy-deleted', id })), warnings: [] };
}
