import * as z from 'zod';
import { TemplateFields } from '../schema/dialplan-template.ts';
import { policyNameKey, PolicyUpdate } from '../schema/policy.ts';

const PolicyId = z.string().max(80);

/** A change of the plan that is evaluated before it is saved. */
export const Draft = z.object({
  policies: z
    .array(
      PolicyUpdate.extend({ id: PolicyId.optional().describe('Id of the policy to update; absent: a new policy') }),
    )
    .max(1_000)
    .default([])
    .describe('Policies to create (without `id`) or update (with `id`), up to 1,000'),
  template: TemplateFields.nullish().describe('Template that replaces the present one'),
  delete: z.array(PolicyId).max(1_000).default([]).describe('Ids of policies to delete, up to 1,000'),
});
export type Draft = z.output<typeof Draft>;

/** Ids of the policies that a draft changes, deletes or lists. */
export const policiesNamedIn = ({ policies, template, delete: deleted }: Draft): readonly string[] => [
  ...new Set([...policies.flatMap(({ id }) => id ?? []), ...deleted, ...(template?.policies ?? [])]),
];

/** Names that the policies of a draft get, as `policyNameKey` makes them. */
export const namesTakenIn = ({ policies }: Draft): readonly string[] =>
  policies.flatMap(({ name }) => (name === undefined ? [] : policyNameKey(name)));

/** Groups that the policies of a draft name, by id or name. */
export const groupsNamedIn = ({ policies }: Draft): readonly string[] => [
  ...new Set(policies.flatMap(({ conditions }) => conditions?.user_groups ?? [])),
];
