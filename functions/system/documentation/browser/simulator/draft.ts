import type { Policy, Template } from './api.ts';

/** The draft, as the text of its field. */

export type Draft = {
  readonly policies?: readonly object[];
  readonly template?: object;
  readonly delete?: readonly string[];
} & Readonly<Record<string, unknown>>;

/** The text is not a draft; the message says why. */
export class NoDraft extends Error {}

/** @returns null for an empty text @throws NoDraft */
export function readDraft(text: string): Draft | null {
  if (text.trim() === '') return null;
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    throw new NoDraft(`This is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read))
    throw new NoDraft('A draft is an object: { "policies": [ … ] }');
  for (const list of ['policies', 'delete'] as const) {
    if (list in read && !Array.isArray((read as Draft)[list])) throw new NoDraft(`${list} is a list: [ … ]`);
  }
  return read as Draft;
}

const textOf = (draft: Draft): string => JSON.stringify(draft, null, 2);

/** The fields of a policy that can be changed, with its id. */
const editable = ({ id, name, status, priority, conditions, actions }: Policy): Policy => ({
  id,
  name,
  status,
  priority,
  conditions,
  actions,
});

/** Adds a policy as it is saved, unless the draft has it already. @throws NoDraft */
export function withPolicy(text: string, policy: Policy): string {
  const draft = readDraft(text) ?? {};
  const { policies = [] } = draft;
  const isThere = policies.some((each) => 'id' in each && each.id === policy.id);
  return isThere ? text : textOf({ ...draft, policies: [...policies, editable(policy)] });
}

/** Adds a new policy. @throws NoDraft */
export function withNewPolicy(text: string): string {
  const draft = readDraft(text) ?? {};
  const { policies = [] } = draft;
  const fresh = {
    name: `New policy ${policies.length + 1}`,
    status: 'active',
    priority: 100,
    conditions: { pattern: '^011' },
    actions: { allow: false },
  };
  return textOf({ ...draft, policies: [...policies, fresh] });
}

/** Deletes a policy of the organization. @throws NoDraft */
export function withoutPolicy(text: string, { id }: Policy): string {
  const draft = readDraft(text) ?? {};
  const { policies, delete: deleted = [] } = draft;
  const others = policies?.filter((each) => !('id' in each && each.id === id));
  return textOf({
    ...draft,
    ...(others === undefined ? {} : { policies: others }),
    delete: [...deleted.filter((each) => each !== id), id],
  });
}

/** Adds the template as it is saved, or an empty one. @throws NoDraft */
export function withTemplate(text: string, template: Template | null): string {
  const draft = readDraft(text) ?? {};
  const { name, rules, variables, policies } = template ?? { name: 'Template', rules: [], variables: {}, policies: [] };
  return 'template' in draft ? text : textOf({ ...draft, template: { name, rules, variables, policies } });
}
