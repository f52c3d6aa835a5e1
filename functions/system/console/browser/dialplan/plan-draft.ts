import { isObject, textIn, type JsonObject } from '../../json-value.ts';
import { t } from '../texts/texts.ts';
import type { ApiRequest } from '../kit/api-request.ts';

/** A draft of the dial plan, as the text that is edited. */

export type PlanDraft = {
  readonly policies?: readonly JsonObject[];
  readonly template?: JsonObject | null;
  readonly delete?: readonly string[];
} & JsonObject;

/** What a text is as a draft. `draft` is null if it is empty; `problem` says why it is none. */
type ReadDraft = { readonly draft: PlanDraft | null; readonly problem: string | null };

const noDraft = (problem: string): ReadDraft => ({ draft: null, problem });

export function readDraft(text: string): ReadDraft {
  if (text.trim() === '') return { draft: null, problem: null };
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    return noDraft(t('This is not JSON: {problem}', { problem: (error as Error).message }));
  }
  if (!isObject(read) || Array.isArray(read)) return noDraft(t('A draft is one JSON object.'));
  const noList = ['policies', 'delete'].find((name) => name in read && !Array.isArray(read[name]));
  if (noList !== undefined) return noDraft(t('{name} is a list: [ … ]', { name: noList }));
  return { draft: read, problem: null };
}

export const draftText = (draft: PlanDraft): string => JSON.stringify(draft, null, 2);

/** The fields that can be changed, with the id of a policy. */
const pick = (of: JsonObject, names: readonly string[]): JsonObject =>
  Object.fromEntries(names.flatMap((name) => (of[name] === undefined ? [] : [[name, of[name]]])));

/** Adds a policy as it is saved, unless the draft has it already. */
export function withPolicy(draft: PlanDraft, policy: JsonObject): PlanDraft {
  const { policies = [] } = draft;
  if (policies.some(({ id }) => id === policy['id'])) return draft;
  const editable = pick(policy, ['id', 'name', 'status', 'priority', 'conditions', 'actions']);
  return { ...draft, policies: [...policies, editable] };
}

/** Adds a new policy. */
export function withNewPolicy(draft: PlanDraft): PlanDraft {
  const { policies = [] } = draft;
  const fresh = {
    name: `New policy ${policies.length + 1}`,
    status: 'active',
    priority: 100,
    conditions: { pattern: '^011' },
    actions: { allow: false },
  };
  return { ...draft, policies: [...policies, fresh] };
}

/** Leaves a policy as it is saved. @param at place among the policies of the draft */
export const withoutDraftPolicy = (draft: PlanDraft, at: number): PlanDraft => ({
  ...draft,
  policies: (draft.policies ?? []).filter((_policy, place) => place !== at),
});

/** Deletes a policy of the organization. */
export function withoutPolicy(draft: PlanDraft, id: string): PlanDraft {
  const { policies, delete: deleted = [] } = draft;
  return {
    ...draft,
    ...(policies === undefined ? {} : { policies: policies.filter((each) => each['id'] !== id) }),
    delete: [...deleted.filter((each) => each !== id), id],
  };
}

/** Adds the template as it is saved, or an empty one, unless the draft has one. */
export function withTemplate(draft: PlanDraft, template: JsonObject | null): PlanDraft {
  if ('template' in draft) return draft;
  const empty = { name: 'Template', rules: [], variables: {}, policies: [] };
  return { ...draft, template: pick(template ?? empty, ['name', 'rules', 'variables', 'policies']) };
}

/** What saving a draft does: "1 policy is changed, the template is replaced". Empty: nothing. */
export function effectOf({ policies = [], template, delete: deleted = [] }: PlanDraft): string {
  const changed = policies.filter(({ id }) => id !== undefined).length;
  const made = policies.length - changed;
  return [
    changed === 0 ? '' : t('{count, plural, one {# policy is} other {# policies are}} changed', { count: changed }),
    made === 0 ? '' : t('{count, plural, one {# policy is} other {# policies are}} made', { count: made }),
    deleted.length === 0
      ? ''
      : t('{count, plural, one {# policy is} other {# policies are}} deleted', { count: deleted.length }),
    isObject(template) ? t('the template is replaced') : '',
  ]
    .filter((effect) => effect !== '')
    .join(', ');
}

/** The next request that saves a draft, and what is then left of it. */
type Save = { readonly request: ApiRequest; readonly rest: PlanDraft };

/**
 * Policies are saved first, as the template may list them and a deletion may leave a call without one. Null: nothing is
 * left. A deleted policy is also taken from the template, as the replay has done.
 */
export function nextSave({ policies = [], template, delete: deleted = [] }: PlanDraft): Save | null {
  const [policy, ...policiesLeft] = policies;
  const templateLeft = isObject(template) ? { template } : {};
  if (policy !== undefined) {
    const method = policy['id'] === undefined ? 'PUT' : 'POST';
    const rest = { policies: policiesLeft, ...templateLeft, delete: deleted };
    return { request: { method, path: '/dialplan/policy', body: policy }, rest };
  }
  if (isObject(template)) {
    const request = { method: 'PUT', path: '/dialplan/template', body: template };
    return { request, rest: { delete: deleted } };
  }
  const [id, ...idsLeft] = deleted;
  if (id === undefined) return null;
  const query = { id: textIn(id), force: true };
  return { request: { method: 'DELETE', path: '/dialplan/policy', query }, rest: { delete: idsLeft } };
}
