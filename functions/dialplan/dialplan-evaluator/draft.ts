import * as z from 'zod';
import { TemplateFields } from '../dialplan-template/dialplan-template.ts';
import { PolicyUpdate } from '../dialplan-policies/policy.ts';

/** A change that is tried before it is saved (dialplan.md, POST /dialplan/evaluate/batch). */

const PolicyId = z.string().max(80);

export const Draft = z.object({
  /** With `id` as POST /dialplan/policy, without it as PUT. */
  policies: z
    .array(PolicyUpdate.extend({ id: PolicyId.optional() }))
    .max(1_000)
    .default([]),
  /** As PUT /dialplan/template. */
  template: TemplateFields.nullish(),
  delete: z.array(PolicyId).max(1_000).default([]),
});
export type Draft = z.output<typeof Draft>;

/** Names of policies are unique, case ignored. */
export const folded = (name: string): string => name.toLowerCase();

/** Policies by whose stored state a draft is judged, names that it takes, groups that it names. */
export const policiesNamedIn = ({ policies, template, delete: deleted }: Draft): readonly string[] => [
  ...new Set([...policies.flatMap(({ id }) => id ?? []), ...deleted, ...(template?.policies ?? [])]),
];
export const namesTakenIn = ({ policies }: Draft): readonly string[] =>
  policies.flatMap(({ name }) => (name === undefined ? [] : folded(name)));
export const groupsNamedIn = ({ policies }: Draft): readonly string[] => [
  ...new Set(policies.flatMap(({ conditions }) => conditions?.user_groups ?? [])),
];
