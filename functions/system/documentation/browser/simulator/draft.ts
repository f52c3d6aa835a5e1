import type { Policy, Template } from './api.ts';

/** The draft as the text of its field. */

export type Draft = {
  readonly policies?: readonly object[];
  readonly template?: object;
  readonly delete?: readonly string[];
} & Readonly<Record<string, unknown>>;

/** What stands in the field is no draft; the message says why. */
export class NoDraft extends Error {}

/** Null: there is none. @throws NoDraft */
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

const written = (draft: Draft): string => JSON.stringify(draft, null, 2);

/** What of a policy may be changed, with the id that says whose change it is. */
const editable = ({ id, name, status, priority, conditions, actions }: Policy): Policy => ({
  id,
  name,
  status,
  priority,
  conditions,
  actions,
});

/** With a policy as it is now, to be edited; as it is where the draft has it already. @throws NoDraft */
export function withPolicy(text: string, policy: Policy): string {
  const draft = readDraft(text) ?? {};
  const { policies = [] } = draft;
  const isThere = policies.some((each) => 'id' in each && each.id === policy.id);
  return isThere ? text : written({ ...draft, policies: [...policies, editable(policy)] });
}

/** With one more policy, which the organization has not. @throws NoDraft */
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
  return written({ ...draft, policies: [...policies, fresh] });
}

/** Without a policy that the organization has. @throws NoDraft */
export function withoutPolicy(text: string, { id }: Policy): string {
  const draft = readDraft(text) ?? {};
  const { policies, delete: deleted = [] } = draft;
  const others = policies?.filter((each) => !('id' in each && each.id === id));
  return written({
    ...draft,
    ...(others === undefined ? {} : { policies: others }),
    delete: [...deleted.filter((each) => each !== id), id],
  });
}

/** With the template as it is now, or an empty one. @throws NoDraft */
export function withTemplate(text: string, template: Template | null): string {
  const draft = readDraft(text) ?? {};
  const { name, rules, variables, policies } = template ?? { name: 'Template', rules: [], variables: {}, policies: [] };
  return 'template' in draft ? text : written({ ...draft, template: { name, rules, variables, policies } });
}
