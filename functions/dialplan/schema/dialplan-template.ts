import * as z from 'zod';
import { Name, text } from '#schema/values.ts';

/** The template of an organization: how a permitted number is dialed. */

/**
 * What a rule does with a call: `set` sets a variable and the next matching rule follows; any other action is final.
 */
export const templateActions = ['bridge', 'transfer', 'answer', 'playback', 'voicemail', 'hangup', 'set'] as const;
export type TemplateAction = (typeof templateActions)[number];

/** Begins with a letter, so that it is neither a capture (`$1`) nor `__proto__`. */
export const variableName = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

/** What the fields of a template mean, for requests and answers. */
export const described = {
  name: 'Name, 1 to 128 characters',
  rules: 'Up to 500 rules, in the order of `priority`, then of the list',
  variables:
    'Up to 100 variables for destinations: text of up to 512 characters, numbers or booleans; names begin with a ' +
    'letter',
  policies: 'Ids of up to 1,000 policies that are deleted with `force` only; they do not change decisions',
  rulePriority: 'Rank of the rule, 0 to 1,000,000; a lower number is tried first',
  pattern: 'RE2 expression that is searched in the dialed string, up to 512 characters; not anchored by itself',
  action: 'What happens to a matching call; `set` sets a variable, and the next matching rule follows',
  destination:
    'Target of the action: $0 to $9 are captures, ' +
    `\${name} is a variable; name=value for \`set\`. Optional for \`answer\` and \`hangup\` only`,
} as const;

export const TemplateRule = z.object({
  priority: z.int().min(0).max(1_000_000).default(1000).describe(described.rulePriority),
  // The schema has no limits: compilePattern rejects a pattern with the position of the fault.
  pattern: z.string().trim().meta({ minLength: 1, maxLength: 512 }).describe(described.pattern),
  action: z.enum(templateActions).describe(described.action),
  destination: text(512).default('').describe(described.destination),
});
export type TemplateRule = z.output<typeof TemplateRule>;

/** A number that both a double and a DynamoDB number hold exactly as sent. */
const VariableNumber = z
  .number()
  .refine(
    (value) => value === 0 || (Math.abs(value) >= 1e-9 && Math.abs(value) <= Number.MAX_SAFE_INTEGER),
    'must be 0, or from 0.000000001 to 9007199254740991, positive or negative',
  );

const Variables = z
  .record(z.string().regex(variableName, 'must be a variable name'), z.union([text(512), VariableNumber, z.boolean()]))
  .refine((variables) => Object.keys(variables).length <= 100, 'holds more than 100 variables');

/** The fields of a template. The store checks whether the policies exist. */
export const TemplateFields = z.object({
  name: Name.describe(described.name),
  rules: z.array(TemplateRule).max(500).default([]).describe(described.rules),
  variables: Variables.default({}).describe(described.variables),
  policies: z
    .array(z.string().regex(/^pol_[0-9A-Za-z_-]{1,64}$/, 'must be the id of a policy'))
    .max(1_000)
    .refine((ids) => new Set(ids).size === ids.length, 'names a policy twice')
    .default([])
    .describe(described.policies),
});
export type TemplateFields = z.output<typeof TemplateFields>;

/** A stored template. */
export type DialplanTemplate = TemplateFields & {
  readonly id: string;
  /** 1 at first, one more with each replacement. */
  readonly version: number;
  /** ISO 8601 UTC. */
  readonly created_at: string;
  /** ISO 8601 UTC. */
  readonly updated_at: string;
  /** By the lower-case gateway name in the rules: the id of the managed gateway that had this name at the save. */
  readonly gateway_ids?: Readonly<Record<string, string>>;
};

type StoredFields = TemplateFields & Pick<DialplanTemplate, 'gateway_ids'>;

/** Version 1 of a template. @param at ISO 8601 UTC */
export const newTemplate = (fields: StoredFields, id: string, at: string): DialplanTemplate => ({
  ...fields,
  id,
  version: 1,
  created_at: at,
  updated_at: at,
});

/** The next version of a template. @param at ISO 8601 UTC */
export const nextTemplate = (present: DialplanTemplate, fields: StoredFields, at: string): DialplanTemplate => ({
  ...present,
  ...fields,
  version: present.version + 1,
  updated_at: at,
});

/** A version as answered: `"1.0"` for the first, then the minor number rises. */
export const versionText = (version: number): string => `1.${version - 1}`;

const inDialString = /sofia\/gateway\/([^/|,]+)\//g;
const gatewayReference = /^[A-Za-z0-9._-]{1,64}$/;
const variableReference = /^\$\{([^}]*)\}$/;

/** The gateways in the dial strings of a template, by name or id. A variable stands for each value it can have. */
export function gatewaysNamedIn({ rules, variables }: Pick<DialplanTemplate, 'rules' | 'variables'>): string[] {
  const valuesOf = (variable: string): string[] => [
    ...(Object.hasOwn(variables, variable) ? [String(variables[variable])] : []),
    ...rules
      .filter(({ action, destination }) => action === 'set' && destination.split('=')[0]?.trim() === variable)
      .map(({ destination }) => destination.slice(destination.indexOf('=') + 1).trim()),
  ];
  const named = rules
    .flatMap(({ destination }) => Array.from(destination.matchAll(inDialString), ([, reference = '']) => reference))
    .flatMap((reference) => {
      const [, variable] = variableReference.exec(reference) ?? [];
      return variable === undefined ? [reference] : valuesOf(variable);
    });
  return [...new Set(named.filter((reference) => gatewayReference.test(reference)))];
}
